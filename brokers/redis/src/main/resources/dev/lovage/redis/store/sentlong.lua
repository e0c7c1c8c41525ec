-- Some of what was sent on long ago, in the order of that, but for what an open join waits for.
--
-- ARGV 2 before when, 3 how many are passed over, 4 how many are looked at, then queues to leave alone
-- Returns how many were looked at, then for each: tag, since when, queue, headers, properties
local except, found = {}, {}
for i = 5, #ARGV do except[ARGV[i]] = true end
local tags = call('ZRANGEBYSCORE', K('sent'), '-inf', '(' .. ARGV[2], 'LIMIT', ARGV[3], ARGV[4])
for _, tag in ipairs(tags) do
  local e = load(tag)
  local awaited = false
  for join in each(e.joins) do
    if call('HGET', K('join', join), 'closed') == '0' then awaited = true end
  end
  if not awaited and not except[e.queue] then
    local values = call('HMGET', K('entry', tag), 'headers', 'properties')
    found[#found + 1] = { tag, e.since, e.queue, values[1], values[2] }
  end
end
return { #tags, found }
