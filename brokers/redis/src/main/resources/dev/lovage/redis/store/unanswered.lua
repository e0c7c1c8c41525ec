-- Gives back what a claim took whose answer was lost. To the broker that has it, or ready here: it counts as handed
-- over, because whoever had asked still has what arrived, and asks again.
--
-- ARGV 2 incarnation, 3 the call's id
for _, tag in ipairs(call('SMEMBERS', K('leases', ARGV[2]))) do
  local e = load(tag)
  if e.claim == ARGV[3] then
    local set = back(e, now)
    set.since = e.since
    if e.early == '1' then set.handed = now end
    change(e, set)
  end
end
