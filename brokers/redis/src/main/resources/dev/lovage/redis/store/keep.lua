-- From now on these are kept here alone.
--
-- ARGV 2 incarnation, then tags
-- Returns those that it has
local kept = {}
for i = 3, #ARGV do
  local e = load(ARGV[i])
  if e and e.custody == 'LEASED' and e.lease == ARGV[2] then
    change(e, { at_broker = '0' })
    kept[#kept + 1] = e.tag
  end
end
return kept
