-- Claims executions that had been acknowledged early when their worker died.
--
-- ARGV 2 incarnation, 3 the call's id, 4 how many at most, then queues
-- Returns nothing if the worker was declared dead, else their entries
if not alive(ARGV[2]) then return false end
local found = {}
for i = 5, #ARGV do
  for _, tag in ipairs(call('ZRANGE', K('lost', ARGV[i]), 0, tonumber(ARGV[4]) - 1)) do found[#found + 1] = tag end
end
table.sort(found, function(one, other) return tonumber(one) < tonumber(other) end)
local claimed = {}
for i = 1, math.min(#found, tonumber(ARGV[4])) do
  local e = load(found[i])
  change(e, { custody = 'LEASED', epoch = string.format('%.0f', tonumber(e.epoch) + 1), lease = ARGV[2],
    claim = ARGV[3], since = now, reason = '' })
  claimed[i] = full(e.tag)
end
return claimed
