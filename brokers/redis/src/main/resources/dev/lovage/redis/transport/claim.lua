-- Takes up to n messages from lists and notes them as unacknowledged, as kombu does in two steps.
--
-- KEYS 1 unacked_index, 2 unacked, 3 what this consumer claimed last, then lists: all queues at the most urgent step,
--      all at the next, ..., at last their lists of what is no message
-- ARGV 1 n, 2 the number of the claim, 3 seconds that KEYS 3 is kept, 4 an id that is unique, 5 how many queues,
--      then for each queue its name, then for each the name of its list of what is no message
-- Returns for each message: tag, score, index of the queue from 0, the message
local n, ttl, id, queues = tonumber(ARGV[1]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] .. '.' .. string.format('%06d', time[2])
local steps = (#KEYS - 3) / queues
local order = {}
for i = 1, queues do order[i] = i end

-- Queues take turns; a more urgent step goes first over all of them.
local function pop()
  for step = 0, steps - 1 do
    for at, queue in ipairs(order) do
      local item = redis.pcall('RPOP', KEYS[3 + step * queues + queue])
      if type(item) == 'string' then
        table.remove(order, at)
        order[#order + 1] = queue
        return item, queue, step == steps - 1
      end
    end
  end
end

-- Whether a Python worker could restore it. What is more than ASCII is looked at by the client, which knows UTF-8.
local function message(item)
  if string.find(item, '[^\t\n\r -~]') then return nil end
  local ok, m = pcall(cjson.decode, item)
  if not ok or type(m) ~= 'table' or type(m.headers) ~= 'table' or type(m.properties) ~= 'table' then return nil end
  local info = m.properties.delivery_info
  if type(info) ~= 'table' or type(info.exchange) ~= 'string' or type(info.routing_key) ~= 'string' then return nil end
  if type(m.properties.delivery_tag) == 'string' then return m.properties.delivery_tag end
end

-- A harmless message around bytes that are none, one character for each. Restored, it goes to a list that only
-- Java reads.
local function wrapped(item, tag, list)
  local text = string.gsub(item, '[%c"\\\128-\255]', function(c) return string.format('\\u%04x', string.byte(c)) end)
  return '{"body": "' .. text .. '", "content-encoding": "latin-1", "content-type": "application/x-lovage-unreadable", '
    .. '"headers": {}, "properties": {"delivery_mode": 2, "priority": 0, "delivery_tag": "' .. tag
    .. '", "delivery_info": {"exchange": "", "routing_key": ' .. cjson.encode(list) .. '}}}'
end

local found, note = {}, { ARGV[2] }
for i = 1, n do
  local item, queue, aside = pop()
  if not item then break end
  local target = aside and ARGV[5 + queues + queue] or ARGV[5 + queue]
  local tag = message(item)
  -- A tag that is delivered already belongs to another copy: an acknowledgement would take both.
  if not tag or redis.call('ZSCORE', KEYS[1], tag) or redis.call('HEXISTS', KEYS[2], tag) == 1 then
    tag = id .. '-' .. i
    target = ARGV[5 + queues + queue]
    item = wrapped(item, tag, target)
  end
  redis.call('ZADD', KEYS[1], now, tag)
  redis.call('HSET', KEYS[2], tag, '[' .. item .. ', "", ' .. cjson.encode(target) .. ']')
  local score = redis.call('ZSCORE', KEYS[1], tag)
  for _, value in ipairs({ tag, score, queue - 1, item }) do found[#found + 1] = value end
  for _, value in ipairs({ tag, score, queue - 1, target }) do note[#note + 1] = value end
end
if #found > 0 then redis.call('SET', KEYS[3], cjson.encode(note), 'EX', ttl) end
return found
