-- Parts a worker from what it had claimed, some at a time. From the first time on it is dead: it claims and settles
-- nothing any more, and stays known until everything is given back.
--
-- ARGV 2 incarnation, 3 the counter that was seen standing still and 4 what is known of its death, with 5 the word for
--      its history; 3 and 4 nothing if it leaves by itself
-- Returns how many were given back, and 1 if there may be more; or nothing if the counter has moved
local key = K('worker', ARGV[2])
local beats, name, dead = unpack(call('HMGET', key, 'beats', 'name', 'dead'))
if not beats then return { 0, 0 } end
if ARGV[3] ~= '' and not dead and beats ~= ARGV[3] then return { 0, 0 } end
call('HSET', key, 'dead', '1')
local tags = call('SRANDMEMBER', K('leases', ARGV[2]), 200)
for _, tag in ipairs(tags) do
  local e = load(tag)
  if ARGV[3] == '' then
    change(e, back(e, now))
  else
    local set = back(e, '')
    call('HINCRBY', K('entry', tag), 'crashes', 1)
    set.evidence = ARGV[4]
    set.fail = e.early
    change(e, set)
    happen(e.id, ARGV[5] .. string.match(e.rn, '^%d+') .. ARGV[6])
  end
end
if #tags == 200 then return { #tags, 1 } end
call('DEL', key)
call('ZREM', K('workers'), ARGV[2])
return { #tags, 0 }
