-- What a claim took whose answer was lost with the connection, as claim.lua would have returned it.
--
-- KEYS 1 unacked_index, 2 unacked, 3 what this consumer claimed last
-- ARGV 1 the number of the claim
local found, note = {}, redis.call('GET', KEYS[3])
if not note then return found end
note = cjson.decode(note)
if note[1] ~= ARGV[1] then return found end
for i = 2, #note, 4 do
  local tag, score, queue, target = note[i], note[i + 1], note[i + 2], note[i + 3]
  local value = redis.call('HGET', KEYS[2], tag)
  if value and redis.call('ZSCORE', KEYS[1], tag) == score then
    local item = string.sub(value, 2, -(#cjson.encode(target) + 8))
    for _, one in ipairs({ tag, score, queue, item }) do found[#found + 1] = one end
  end
end
return found
