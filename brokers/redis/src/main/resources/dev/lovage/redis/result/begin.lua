-- Writes how many members a join has, unless that is known.
--
-- KEYS 1 the join's .s
-- ARGV 1 seconds to keep it or 0, 2 how many
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if tonumber(ARGV[1]) > 0 then
  redis.call('SETEX', KEYS[1], ARGV[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1
