-- ARGV 2 incarnation, 3 how many tasks run
-- Returns 1, or 0 if the worker was declared dead
if not alive(ARGV[2]) then return 0 end
call('HINCRBY', K('worker', ARGV[2]), 'beats', 1)
call('HSET', K('worker', ARGV[2]), 'seen', now, 'running', ARGV[3])
return 1
