-- Some of all entries.
--
-- ARGV 2 tags are above this, 3 how many at most
-- Returns for each: tag, task's id, retries and nesting, custody, queue, task, subject
local found = {}
for _, tag in ipairs(call('ZRANGEBYSCORE', K('all'), '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])) do
  local values = call('HMGET', K('entry', tag), 'id', 'rn', 'custody', 'queue', 'task', 'subject')
  table.insert(values, 1, tag)
  found[#found + 1] = values
end
return found
