-- Forgets deliveries, each only while it is still the one that was handed out: a tag outlives a restore.
--
-- KEYS 1 unacked_index, 2 unacked
-- ARGV for each: tag, score, the score of a renewal that wasn't answered or ''
local function ours(tag, score, other)
  local found = tonumber(redis.call('ZSCORE', KEYS[1], tag) or '')
  return found and (found == tonumber(score) or found == tonumber(other))
end

local count = 0
for i = 1, #ARGV, 3 do
  if ours(ARGV[i], ARGV[i + 1], ARGV[i + 2]) then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[2], ARGV[i])
    count = count + 1
  end
end
return count
