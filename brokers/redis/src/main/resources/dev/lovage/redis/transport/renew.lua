-- Puts the time of deliveries forward, so that no one takes them for lost, each only while it is still ours.
--
-- KEYS 1 unacked_index
-- ARGV 1 the new score, then for each: tag, score, the score of a renewal that wasn't answered or ''
-- Returns for each 1, or 0 when it is no longer ours
local function ours(tag, score, other)
  local found = tonumber(redis.call('ZSCORE', KEYS[1], tag) or '')
  return found and (found == tonumber(score) or found == tonumber(other))
end

local renewed = {}
for i = 2, #ARGV, 3 do
  local still = ours(ARGV[i], ARGV[i + 1], ARGV[i + 2])
  if still then redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i]) end
  renewed[#renewed + 1] = still and 1 or 0
end
return renewed
