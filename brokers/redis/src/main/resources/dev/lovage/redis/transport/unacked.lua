-- Counts what was delivered and not acknowledged, by the routing key that each delivery came by: a queue's name, where
-- its exchange is direct. Only the end of each is looked at, for bodies may be long.
--
-- KEYS 1 unacked
-- ARGV 1 how many at most are looked at
-- Returns false if there are more, else for each routing key: it, as JSON, and how many
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then return false end
local counts, cursor = {}, '0'
repeat
  local page = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', 100)
  cursor = page[1]
  for i = 2, #page[2], 2 do
    local key = string.match(string.sub(page[2][i], -400), '("[^"]*")%s*%]%s*$')
    if key then
      counts[key] = counts[key] or {}
      counts[key][page[2][i - 1]] = true
    end
  end
until cursor == '0'
local found = {}
for key, tags in pairs(counts) do
  local n = 0
  for _ in pairs(tags) do n = n + 1 end
  found[#found + 1] = key
  found[#found + 1] = n
end
return { found }
