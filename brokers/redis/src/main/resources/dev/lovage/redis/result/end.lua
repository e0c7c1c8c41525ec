-- Notes the end of one member, in place of an earlier end of the same task, whoever wrote it and however.
--
-- KEYS the join's 1 .j, 2 .t, 3 .s
-- ARGV 1 the member, 2 its index or +inf, 3 how every member of this task begins, 4 seconds to keep all or 0,
--      5 1 if members are ordered by their index
-- Returns all members, followed by their scores where they are ordered, if this was the last; else nil
local member, index, begin, ordered = ARGV[1], ARGV[2], ARGV[3], ARGV[5] == '1'
local function same(other) return string.sub(other, 1, #begin) == begin end

local count
if ordered then
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], index, index)) do
    if other ~= member and same(other) then redis.call('ZREM', KEYS[1], other) end
  end
  redis.call('ZADD', KEYS[1], index, member)
  count = redis.call('ZCARD', KEYS[1])
else
  local there = false
  for _, other in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if other == member then
      there = true
    elseif same(other) then
      redis.call('LREM', KEYS[1], 0, other)
    end
  end
  if not there then redis.call('RPUSH', KEYS[1], member) end
  count = redis.call('LLEN', KEYS[1])
end
if tonumber(ARGV[4]) > 0 then
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
end

local size = tonumber(redis.call('GET', KEYS[3]) or '')
if not size or count ~= size + tonumber(redis.call('GET', KEYS[2]) or '0') then return nil end
if ordered then return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') end
return redis.call('LRANGE', KEYS[1], 0, -1)
