-- A line of those who wait to start.
--
-- ARGV 2 task, 3 who asks
-- Returns its version, when the next one may start, the place of who asks, the first one and its place, the last
--         place; nothing for what there is not
local key = K('line', ARGV[2])
local values = call('HMGET', K('rate', ARGV[2]), 'version', 'earliest')
local first, last = call('ZRANGE', key, 0, 0, 'WITHSCORES'), call('ZRANGE', key, -1, -1, 'WITHSCORES')
return { values[1] or '', values[2] or '', call('ZSCORE', key, ARGV[3]) or '', first[1] or '', first[2] or '',
  last[2] or '' }
