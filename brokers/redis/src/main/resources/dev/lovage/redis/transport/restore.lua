-- Moves deliveries to the front of their lists, each only while it still has the score that was seen.
--
-- KEYS 1 unacked_index, 2 unacked
-- ARGV for each: tag, score, another score that it may have or '', how many lists, the message, the lists
local function ours(tag, score, other)
  local found = tonumber(redis.call('ZSCORE', KEYS[1], tag) or '')
  return found and (found == tonumber(score) or found == tonumber(other))
end

local count, i = 0, 1
while i <= #ARGV do
  local tag, lists = ARGV[i], tonumber(ARGV[i + 3])
  if ours(tag, ARGV[i + 1], ARGV[i + 2]) then
    redis.call('ZREM', KEYS[1], tag)
    redis.call('HDEL', KEYS[2], tag)
    for list = i + 5, i + 4 + lists do redis.call('RPUSH', ARGV[list], ARGV[i + 4]) end
    count = count + 1
  end
  i = i + 5 + lists
end
return count
