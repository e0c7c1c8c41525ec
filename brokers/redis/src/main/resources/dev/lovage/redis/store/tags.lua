-- The tags of entries, ascending.
--
-- ARGV 2 a task whose entries they are, or nothing; 3 a queue, or nothing for all; 4 tags are above this, 5 and not
--      above this; 6 how many at most; then custodies
local found = {}
if ARGV[2] ~= '' then
  for _, value in ipairs(call('HVALS', K('executions', ARGV[2]))) do
    if string.sub(value, 1, 1) ~= '-' then found[#found + 1] = value end
  end
else
  for _, queue in ipairs(ARGV[3] ~= '' and { ARGV[3] } or call('SMEMBERS', K('queues'))) do
    for i = 7, #ARGV do
      for _, tag in ipairs(call('ZRANGEBYSCORE', K('in', ARGV[i], queue), '(' .. ARGV[4], ARGV[5], 'LIMIT', 0, ARGV[6])) do
        found[#found + 1] = tag
      end
    end
  end
end
table.sort(found, function(one, other) return tonumber(one) < tonumber(other) end)
local first = {}
for i = 1, math.min(#found, tonumber(ARGV[6])) do first[i] = found[i] end
return first
