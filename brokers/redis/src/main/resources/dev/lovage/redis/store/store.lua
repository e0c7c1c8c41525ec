-- What all scripts of the store share. It comes before each of them.
--
-- KEYS 1 what all keys begin with
-- ARGV 1 the time in microseconds, or nothing for this server's own
--
-- entry:TAG     hash, one execution that has not ended; its fields are those of FULL and SMALL
-- executions:ID hash of a task, RETRIES:NESTING -> tag, or -MICROS WORD once it has ended
-- all           zset of tags; in:CUSTODY:QUEUE the same of one queue and custody
-- ready:QUEUE   zset RANK TAG, of what may leave for the broker; held:JOIN those of it whose join has not begun there
-- handed        hash tag -> mark of what is on its way; underway hash queue -> how many of it
-- lost:QUEUE    zset of tags that end when somebody claims them
-- timers, sent  zsets tag -> time; orphans set of tags; leases:INCARNATION set of tags
-- join:ID       hash; members:ID hash index -> task; ends:ID hash index -> how it ended; ahead:ID set of what leads
--               to it, tTAG or jJOIN; joins, closed zsets id -> time; stalled set; awaited hash task -> how many joins
-- result:ID     hash; results zset id -> time; group:ID zset task -> index
-- rate:TASK     hash, line:TASK zset of executions by their place; rates zset task -> when the next one may start
-- note:ID       hash; about:THING zset of ids that nobody has; notes zset THING -> its first id, of those free to be
--               told; told hash id -> mark; telling hash THING -> how many; unbegun hash join -> how many
local P = KEYS[1]
local call = redis.call
local function K(...) return P .. table.concat({ ... }, ':') end

local now = ARGV[1]
if now == '' then
  local time = call('TIME')
  now = time[1] .. string.format('%06d', time[2])
end
local clock = tonumber(now)

local SMALL = { 'id', 'rn', 'task', 'queue', 'rank', 'eta', 'custody', 'epoch', 'lease', 'claim', 'early', 'fail',
  'joins', 'payloads', 'handed', 'broker_tag', 'at_broker', 'since', 'size' }
local FULL = { 'id', 'rn', 'task', 'queue', 'priority', 'order', 'eta', 'expires', 'subject', 'headers', 'properties',
  'body', 'custody', 'sent', 'since', 'epoch', 'crashes', 'evidence', 'fail', 'lease', 'reason', 'handed' }

local function each(names) return string.gmatch(names, '[^%z]+') end

local function load(tag)
  local values = call('HMGET', K('entry', tag), unpack(SMALL))
  if not values[1] then return nil end
  local e = { tag = tag }
  for i, field in ipairs(SMALL) do e[field] = values[i] or '' end
  return e
end

-- All that a client knows of an entry, then the name of the worker that has it.
local function full(tag)
  local values = call('HMGET', K('entry', tag), unpack(FULL))
  if not values[1] then return nil end
  for i = 1, #FULL do values[i] = values[i] or '' end
  values[#FULL + 1] = values[20] ~= '' and call('HGET', K('worker', values[20]), 'name') or ''
  values[#FULL + 2] = tag
  return values
end

local function ranked(e) return e.rank .. string.format('%016.0f', tonumber(e.tag)) end

local function count(key, field, by)
  if call('HINCRBY', key, field, by) <= 0 then call('HDEL', key, field) end
end

local function keep_payloads(names, by)
  for name in each(names) do count(K('payloads'), name, by) end
end

local function unbegun(e)
  for join in each(e.joins) do
    if call('HEXISTS', K('unbegun'), join) == 1 then return join end
  end
end

-- Writes an entry to the indices of where it is.
local function place(e)
  call('ZADD', K('in', e.custody, e.queue), e.tag, e.tag)
  call('SADD', K('queues'), e.queue)
  if e.custody == 'READY' then
    if e.handed ~= '' then
      call('HSET', K('handed'), e.tag, e.handed)
      call('HINCRBY', K('underway'), e.queue, 1)
    elseif e.fail == '1' then
      call('ZADD', K('lost', e.queue), e.tag, e.tag)
    else
      local join = unbegun(e)
      if join then
        call('SADD', K('held', join), e.tag)
      else
        call('ZADD', K('ready', e.queue), 0, ranked(e))
      end
    end
  elseif e.custody == 'TIMER' then
    call('ZADD', K('timers'), e.eta ~= '' and e.eta or now, e.tag)
  elseif e.custody == 'LEASED' then
    call('SADD', K('leases', e.lease), e.tag)
  elseif e.custody == 'SENT' then
    call('ZADD', K('sent'), e.since, e.tag)
    if e.handed == '' and e.broker_tag ~= '' then call('SADD', K('orphans'), e.tag) end
  end
end

local function unplace(e)
  call('ZREM', K('in', e.custody, e.queue), e.tag)
  if e.custody == 'READY' then
    if e.handed ~= '' then
      call('HDEL', K('handed'), e.tag)
      count(K('underway'), e.queue, -1)
    elseif e.fail == '1' then
      call('ZREM', K('lost', e.queue), e.tag)
    elseif call('ZREM', K('ready', e.queue), ranked(e)) == 0 then
      for join in each(e.joins) do call('SREM', K('held', join), e.tag) end
    end
  elseif e.custody == 'TIMER' then
    call('ZREM', K('timers'), e.tag)
  elseif e.custody == 'LEASED' then
    call('SREM', K('leases', e.lease), e.tag)
  elseif e.custody == 'SENT' then
    call('ZREM', K('sent'), e.tag)
    call('SREM', K('orphans'), e.tag)
  end
end

-- What is dead or in quarantine has ended its members when it failed; what is parked will run once released.
local function leads(e) return e.custody ~= 'DEAD' and e.custody ~= 'QUARANTINED' end

local function lead(joins, by)
  for join in each(joins) do
    call('SADD', K('ahead', join), by)
    call('SREM', K('stalled'), join)
  end
end

local function unlead(joins, by)
  for join in each(joins) do
    call('SREM', K('ahead', join), by)
    if call('EXISTS', K('ahead', join)) == 0 and call('HGET', K('join', join), 'closed') == '0' then
      call('SADD', K('stalled'), join)
    end
  end
end

local function change(e, fields)
  local before, list = leads(e), {}
  unplace(e)
  for field, value in pairs(fields) do
    e[field] = value
    list[#list + 1] = field
    list[#list + 1] = value
  end
  call('HSET', K('entry', e.tag), unpack(list))
  place(e)
  if before ~= leads(e) then (before and unlead or lead)(e.joins, 't' .. e.tag) end
end

-- A message as clients send it, from ARGV[at] on.
local MESSAGE = { 'id', 'rn', 'task', 'queue', 'priority', 'order', 'rank', 'eta', 'expires', 'subject', 'headers',
  'properties', 'body', 'joins', 'payloads' }
local function message(at)
  local m = {}
  for i, field in ipairs(MESSAGE) do m[field] = ARGV[at + i - 1] end
  m.size = tostring(#m.headers + #m.properties + #m.body)
  return m
end

local function waits(m) return m.eta ~= '' and tonumber(m.eta) > clock end

local function fields(m, list)
  for _, field in ipairs(MESSAGE) do
    list[#list + 1] = field
    list[#list + 1] = m[field]
  end
  list[#list + 1] = 'size'
  list[#list + 1] = m.size
  return list
end

-- Another message has come for the execution of this entry.
local function replace(e, m)
  unplace(e)
  if leads(e) then unlead(e.joins, 't' .. e.tag) end
  keep_payloads(e.payloads, -1)
  for _, field in ipairs(MESSAGE) do e[field] = m[field] end
  call('HSET', K('entry', e.tag), unpack(fields(m, {})))
  place(e)
  if leads(e) then lead(e.joins, 't' .. e.tag) end
  keep_payloads(e.payloads, 1)
end

local function same(e, m)
  return e.task == m.task and call('HGET', K('entry', e.tag), 'body') == m.body
end

-- A chain that Python put in place of a task that was sent there ends in the task's id, and says nothing of its
-- nesting. When one of its steps that runs here sends the last one, that goes out in the task's entry.
local function supersede(tag, m)
  local e = load(tag)
  if e and (e.custody == 'SENT' or e.custody == 'READY' and e.handed ~= '') and e.epoch == '0' and not same(e, m) then
    change(e, { custody = 'READY', handed = '', broker_tag = '', at_broker = '0' })
    replace(e, m)
    change(e, { custody = waits(m) and 'TIMER' or 'READY', since = now })
  end
end

-- Takes a message whose execution is not known yet.
--
-- Returns its entry if it is new, else what is known of its execution
local function accept(m)
  local known = call('HGET', K('executions', m.id), m.rn)
  if known then return nil, known end
  local tag = string.format('%.0f', call('INCR', K('tags')))
  local e = { tag = tag }
  for _, field in ipairs(SMALL) do e[field] = m[field] or '' end
  e.custody = waits(m) and 'TIMER' or 'READY'
  e.epoch = '0'
  e.since = now
  call('HSET', K('entry', tag), unpack(fields(m, { 'custody', e.custody, 'sent', now, 'since', now, 'epoch', '0' })))
  call('HSET', K('executions', m.id), m.rn, tag)
  call('ZADD', K('all'), tag, tag)
  place(e)
  lead(e.joins, 't' .. tag)
  keep_payloads(e.payloads, 1)
  return e
end

local function ended(e, word)
  call('ZREM', K('all'), e.tag)
  call('HSET', K('executions', e.id), e.rn, '-' .. now .. ' ' .. word)
  call('ZADD', K('ended'), now, e.id)
end

-- The execution has ended, and its message goes.
local function finish(e, word)
  unplace(e)
  if leads(e) then unlead(e.joins, 't' .. e.tag) end
  keep_payloads(e.payloads, -1)
  call('DEL', K('entry', e.tag))
  ended(e, word)
end

-- Where a claim leaves an entry that it did not settle: with the broker that has it, or ready here.
local function back(e, handed)
  local at = e.at_broker == '1'
  return { custody = at and 'SENT' or 'READY', lease = '', handed = at and handed or '', since = now }
end

local function alive(incarnation)
  local values = call('HMGET', K('worker', incarnation), 'name', 'dead')
  return values[1] and not values[2]
end

local function happen(task, text)
  call('RPUSH', K('history', task), text)
  call('ZADD', K('traces'), now, task)
end

local function open_entries(task)
  for _, value in ipairs(call('HVALS', K('executions', task))) do
    if string.sub(value, 1, 1) ~= '-' then return true end
  end
  return false
end

-- Makes ready what is due, a number of them at a time.
local function wake()
  local due = call('ZRANGEBYSCORE', K('timers'), '-inf', now, 'LIMIT', 0, 500)
  for _, tag in ipairs(due) do change(load(tag), { custody = 'READY', since = now, handed = '' }) end
  return #due
end
