-- Writes results and tells those who wait, each only where no success is kept yet.
--
-- KEYS of the results; each is the name of the channel, too
-- ARGV 1 seconds to keep them or 0, then the results
local function succeeded(key)
  local begin = redis.call('GETRANGE', key, 0, 63)
  if begin == '' then return false end
  local status = string.match(begin, '^{"status": "([%w_]+)"')
  if status then return status == 'SUCCESS' end
  local ok, meta = pcall(cjson.decode, redis.call('GET', key))
  return ok and type(meta) == 'table' and meta.status == 'SUCCESS'
end

local expires, written = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  if not succeeded(key) then
    if expires > 0 then
      redis.call('SETEX', key, expires, ARGV[i + 1])
    else
      redis.call('SET', key, ARGV[i + 1])
    end
    redis.call('PUBLISH', key, ARGV[i + 1])
    written = written + 1
  end
end
return written
