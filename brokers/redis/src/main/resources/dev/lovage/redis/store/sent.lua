-- When the oldest of the last messages was sent that went to the broker.
--
-- ARGV 2 queue, 3 how many there are
local key, lying = K('in', 'SENT', ARGV[2]), tonumber(ARGV[3])
local tag = call('ZREVRANGE', key, lying - 1, lying - 1)[1] or call('ZRANGE', key, 0, 0)[1]
return tag and call('HGET', K('entry', tag), 'sent') or ''
