-- Returns for each queue: its name, 1 if it is paused, when the oldest ready entry was sent or nothing, and its
--         entries by custody, in the order of ARGV from 2 on
local found = {}
local paused, names = {}, call('SUNION', K('queues'), K('paused'))
for _, queue in ipairs(call('SMEMBERS', K('paused'))) do paused[queue] = true end
for _, queue in ipairs(names) do
  local first = call('ZRANGE', K('in', 'READY', queue), 0, 0)[1]
  local one = { queue, paused[queue] and '1' or '0', first and call('HGET', K('entry', first), 'sent') or '' }
  for i = 2, #ARGV do one[#one + 1] = call('ZCARD', K('in', ARGV[i], queue)) end
  found[#found + 1] = one
end
return found
