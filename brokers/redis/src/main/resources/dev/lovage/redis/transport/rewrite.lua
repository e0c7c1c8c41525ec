-- Keeps a delivery in another form, while it is still ours.
--
-- KEYS 1 unacked_index, 2 unacked
-- ARGV 1 tag, 2 score, 3 what is kept
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
