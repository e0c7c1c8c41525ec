-- A join.
--
-- ARGV 2 its id, 3 an index, of which alone is told, or nothing for all
-- Returns nothing if it is not known; else 1 if it is closed, how many are missing, its version, then members and ends,
--         and where all is told body, root and parent
local id = ARGV[2]
local values = call('HMGET', K('join', id), 'closed', 'missing', 'version', 'body', 'root', 'parent')
if not values[1] then return false end
if ARGV[3] ~= '' then
  return { values[1], values[2], values[3], { ARGV[3], call('HGET', K('members', id), ARGV[3]) or '' },
    { ARGV[3], call('HGET', K('ends', id), ARGV[3]) or '' } }
end
return { values[1], values[2], values[3], call('HGETALL', K('members', id)), call('HGETALL', K('ends', id)),
  values[4], values[5], values[6] }
