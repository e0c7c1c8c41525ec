-- What became of notes.
--
-- ARGV 2 a mark if they were not told, which may be handed out again if they still have it; else nothing; then ids
for i = 3, #ARGV do
  local id = ARGV[i]
  if ARGV[2] ~= '' then
    if call('HGET', K('told'), id) == ARGV[2] then let_go(id) end
  else
    local kind, about, payloads = unpack(call('HMGET', K('note', id), 'kind', 'about', 'payloads'))
    if kind then
      call('DEL', K('note', id))
      keep_payloads(payloads, -1)
      if call('HDEL', K('told'), id) == 1 then
        less(about)
      elseif call('ZREM', K('about', about), id) == 1 and call('ZSCORE', K('notes'), about) then
        -- It had been let go meanwhile.
        local first = call('ZRANGE', K('about', about), 0, 0)[1]
        if first then call('ZADD', K('notes'), first, about) else call('ZREM', K('notes'), about) end
      end
      if kind == 'begin' then
        count(K('unbegun'), about, -1)
        if call('HEXISTS', K('unbegun'), about) == 0 then
          local held = call('SMEMBERS', K('held', about))
          call('DEL', K('held', about))
          for _, tag in ipairs(held) do place(load(tag)) end
        end
      end
    end
  end
end
