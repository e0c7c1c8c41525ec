-- Hands out what the results have to hear: all about one task or join to one process, in the order of writing.
--
-- ARGV 2 the mark of this hand-over, 3 how many at most, 4 how many bytes, then pairs of id and mark of what was lost
-- Returns for each: id, kind, content
local mark, max, bytes = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

for i = 5, #ARGV, 2 do
  if call('HGET', K('told'), ARGV[i]) == ARGV[i + 1] then let_go(ARGV[i]) end
end
local found = {}
local full_up = false
for _, about in ipairs(call('ZRANGE', K('notes'), 0, max - 1)) do
  if full_up or #found >= max then break end
  local taken = 0
  for _, id in ipairs(call('ZRANGE', K('about', about), 0, max - #found - 1)) do
    local note = call('HMGET', K('note', id), 'kind', 'content')
    bytes = bytes - #note[2]
    if bytes < 0 and #found > 0 then
      full_up = true
      break
    end
    taken = taken + 1
    call('ZREM', K('about', about), id)
    call('HSET', K('told'), id, mark)
    found[#found + 1] = { id, note[1], note[2] }
  end
  if taken > 0 then
    call('ZREM', K('notes'), about)
    call('HINCRBY', K('telling'), about, taken)
  end
end
table.sort(found, function(one, other) return tonumber(one[1]) < tonumber(other[1]) end)
return found
