-- ARGV from 2 on: tags
-- Returns for each that is there its entry, followed by the history of its task
local found = {}
for i = 2, #ARGV do
  local values = full(ARGV[i])
  if values then
    values[#values + 1] = call('LRANGE', K('history', values[1]), 0, -1)
    found[#found + 1] = values
  end
end
return found
