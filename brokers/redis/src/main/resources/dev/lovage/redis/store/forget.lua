-- Forgets some of what is old and over: never anything of a task that has an entry left, nor a result that an open join
-- still waits for.
--
-- ARGV 2 what, 3 before when, 4 how many of the oldest are passed over, 5 how many are looked at
-- Returns how many were looked at, how many of these stay, and how much was forgotten
local what, before, after, most = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local function wanted(task)
  return open_entries(task) or call('HEXISTS', K('awaited'), task) == 1
end

local kinds = {
  results = function(task)
    if wanted(task) then return 0 end
    local group = call('HGET', K('result', task), 'group')
    if group and group ~= '' then call('ZREM', K('group', group), task) end
    call('DEL', K('result', task))
    return 1
  end,
  ended = function(task)
    if wanted(task) then return 0 end
    local executions = call('HLEN', K('executions', task))
    call('DEL', K('executions', task))
    return executions
  end,
  traces = function(task)
    if call('EXISTS', K('executions', task), K('result', task)) > 0 then return 0 end
    call('DEL', K('history', task), K('log', task))
    local root = call('HGET', K('roots'), task)
    if root then
      call('SREM', K('root', root), task)
      call('HDEL', K('roots'), task)
    end
    return 1
  end,
  closed = function(id)
    local members = call('HGETALL', K('members', id))
    for i = 2, #members, 2 do
      if call('EXISTS', K('result', members[i])) == 0 then call('ZREM', K('group', id), members[i]) end
      if members[i - 1] == '0' then call('HDEL', K('firsts'), members[i]) end
    end
    call('SREM', K('rootjoins', call('HGET', K('join', id), 'root')), id)
    call('DEL', K('join', id), K('members', id), K('ends', id))
    return 1
  end,
  revokes = function(task)
    if open_entries(task) then return 0 end
    call('SREM', K('terminate'), task)
    return 1
  end,
  rates = function(task)
    call('ZREMRANGEBYSCORE', K('line', task), '-inf', '(' .. before)
    if call('EXISTS', K('line', task)) == 1 then return 0 end
    call('DEL', K('rate', task))
    return 1
  end,
}

local index = call('ZRANGEBYSCORE', K(what), '-inf', '(' .. before, 'LIMIT', after, most)
local stay, forgotten = 0, 0
for _, id in ipairs(index) do
  local done = kinds[what](id)
  forgotten = forgotten + done
  if done > 0 then call('ZREM', K(what), id) else stay = stay + 1 end
end
if what == 'results' and after == 0 then
  for _, queue in ipairs(call('SMEMBERS', K('queues'))) do
    local keys = {}
    for i, custody in ipairs({ 'READY', 'TIMER', 'LEASED', 'SENT', 'PARKED', 'QUARANTINED', 'DEAD' }) do
      keys[i] = K('in', custody, queue)
    end
    if call('EXISTS', unpack(keys)) == 0 then call('SREM', K('queues'), queue) end
  end
end
return { #index, stay, forgotten }
