-- Writes all of a list of operations, unless one of the checks before them fails.
--
-- ARGV from 2 on: for each operation its name, how many arguments it has, and these
-- Returns nothing, or the name of the check that failed
local function arg(at, i) return ARGV[at + i - 1] end

local function join_open(id)
  local values = call('HMGET', K('join', id), 'closed', 'missing', 'version')
  if values[1] ~= '0' then return nil end
  return tonumber(values[2]), values[3]
end

local checks = {
  -- tag, incarnation, epoch
  leased = function(at)
    local values = call('HMGET', K('entry', arg(at, 1)), 'custody', 'lease', 'epoch')
    local held = values[1] == 'LEASED' and values[2] == arg(at, 2) and (arg(at, 3) == '' or values[3] == arg(at, 3))
    if not held or not alive(arg(at, 2)) then return 'leased' end
  end,
  -- tag, custody, epoch, handed
  entry = function(at)
    local values = call('HMGET', K('entry', arg(at, 1)), 'custody', 'epoch', 'handed')
    if values[1] ~= arg(at, 2) or values[2] ~= arg(at, 3) or (values[3] or '') ~= arg(at, 4) then return 'changed' end
  end,
  -- task, state or nothing
  result = function(at)
    if (call('HGET', K('result', arg(at, 1)), 'state') or '') ~= arg(at, 2) then return 'changed' end
  end,
  -- join, index, task: its end counts, and is not the last one
  counts = function(at)
    local id, index = arg(at, 1), arg(at, 2)
    local missing = join_open(id)
    if not missing or missing < 2 or call('HEXISTS', K('ends', id), index) == 1
      or call('HGET', K('members', id), index) ~= arg(at, 3) then return 'changed' end
  end,
  -- join, version
  join = function(at)
    local _, version = join_open(arg(at, 1))
    if version ~= arg(at, 2) then return 'changed' end
  end,
  -- join
  stalled = function(at)
    if call('SISMEMBER', K('stalled'), arg(at, 1)) == 0 then return 'stalled' end
  end,
  -- task, version or nothing
  rate_is = function(at)
    if (call('HGET', K('rate', arg(at, 1)), 'version') or '') ~= arg(at, 2) then return 'changed' end
  end,
  -- hash, field, value or nothing
  field = function(at)
    if (call('HGET', K(arg(at, 1)), arg(at, 2)) or '') ~= arg(at, 3) then return 'changed' end
  end,
}

local writes = {
  accept = function(at) accept(message(at)) end,
  -- what follows an execution that ends with this
  follow = function(at)
    local m = message(at)
    local new, known = accept(m)
    if not new and string.sub(known, 1, 1) ~= '-' then supersede(known, m) end
  end,
  -- tag, custody, reason, due or nothing, evidence of a crash or nothing
  move = function(at)
    local e = load(arg(at, 1))
    local set = { custody = arg(at, 2), reason = arg(at, 3), since = now, lease = '', handed = '', at_broker = '0' }
    if arg(at, 4) ~= '' then set.eta = arg(at, 4) end
    if arg(at, 5) ~= '' then
      call('HINCRBY', K('entry', e.tag), 'crashes', 1)
      set.evidence = arg(at, 5)
      set.fail = e.early
    end
    change(e, set)
  end,
  -- tag, word
  finish = function(at) finish(load(arg(at, 1)), arg(at, 2)) end,
  -- tag, word, reason, by: its bytes and what happened are kept
  dispose = function(at)
    local e = load(arg(at, 1))
    unplace(e)
    if leads(e) then unlead(e.joins, 't' .. e.tag) end
    call('RENAME', K('entry', e.tag), K('disposed', e.tag))
    call('HSET', K('disposed', e.tag), 'disposed_at', now, 'disposed_because', arg(at, 3), 'by_whom', arg(at, 4))
    for i, text in ipairs(call('LRANGE', K('history', e.id), 0, -1)) do
      call('HSET', K('disposed', e.tag), 'history' .. i, text)
    end
    call('ZADD', K('disposals'), now, e.tag)
    ended(e, arg(at, 2))
  end,
  -- tag, reason
  release = function(at)
    local e = load(arg(at, 1))
    change(e, { custody = 'READY', crashes = '0', evidence = '', fail = '0', lease = '', handed = '',
      reason = arg(at, 2), since = now })
    local state = call('HGET', K('result', e.id), 'state')
    if state == 'FAILURE' or state == 'PARKED' then
      call('DEL', K('result', e.id))
      call('ZREM', K('results'), e.id)
    end
  end,
  -- task, state, content, group or nothing, index or nothing: a SUCCESS is never overwritten
  record = function(at)
    local task, group = arg(at, 1), arg(at, 4)
    if call('HGET', K('result', task), 'state') == 'SUCCESS' then return end
    call('HSET', K('result', task), 'state', arg(at, 2), 'content', arg(at, 3), 'group', group)
    call('ZADD', K('results'), now, task)
    if group ~= '' then
      if arg(at, 5) ~= '' then
        call('ZADD', K('group', group), arg(at, 5), task)
      else
        call('ZADD', K('group', group), 'NX', 2147483647, task)
      end
    end
  end,
  -- task, text
  happen = function(at) happen(arg(at, 1), arg(at, 2)) end,
  -- task, root, text
  log = function(at)
    local task, root = arg(at, 1), arg(at, 2)
    call('RPUSH', K('log', task), arg(at, 3))
    call('SADD', K('root', root), task)
    call('HSET', K('roots'), task, root)
    call('ZADD', K('traces'), now, task)
  end,
  -- kind, about, content, payloads
  note = function(at)
    local kind, about = arg(at, 1), arg(at, 2)
    local id = string.format('%.0f', call('INCR', K('noted')))
    call('HSET', K('note', id), 'kind', kind, 'about', about, 'content', arg(at, 3), 'payloads', arg(at, 4))
    keep_payloads(arg(at, 4), 1)
    call('ZADD', K('about', about), id, id)
    if call('HEXISTS', K('telling'), about) == 0 then call('ZADD', K('notes'), 'NX', id, about) end
    if kind == 'begin' then call('HINCRBY', K('unbegun'), about, 1) end
  end,
  -- join, body, root, parent, outer joins, payloads, members
  begin = function(at, n)
    local id, first = arg(at, 1), arg(at, 7)
    -- The same signature was sent before, and that join goes on.
    if call('EXISTS', K('join', id)) == 1 or call('HSETNX', K('firsts'), first, id) == 0 then return end
    call('HSET', K('join', id), 'body', arg(at, 2), 'root', arg(at, 3), 'parent', arg(at, 4), 'outer', arg(at, 5),
      'payloads', arg(at, 6), 'missing', n - 6, 'version', '0', 'closed', '0')
    for i = 7, n do
      call('HSET', K('members', id), i - 7, arg(at, i))
      call('HINCRBY', K('awaited'), arg(at, i), 1)
      call('ZADD', K('group', id), 'NX', i - 7, arg(at, i))
    end
    call('ZADD', K('joins'), now, id)
    call('SADD', K('rootjoins', arg(at, 3)), id)
    if call('EXISTS', K('ahead', id)) == 0 then call('SADD', K('stalled'), id) end
    lead(arg(at, 5), 'j' .. id)
    keep_payloads(arg(at, 6), 1)
  end,
  -- join, index, how it ended
  ["end"] = function(at)
    call('HSET', K('ends', arg(at, 1)), arg(at, 2), arg(at, 3))
    call('HINCRBY', K('join', arg(at, 1)), 'missing', -1)
    call('HINCRBY', K('join', arg(at, 1)), 'version', 1)
  end,
  -- join
  close = function(at)
    local id = arg(at, 1)
    if not join_open(id) then return end
    call('HSET', K('join', id), 'closed', '1')
    call('ZREM', K('joins'), id)
    call('ZADD', K('closed'), now, id)
    call('SREM', K('stalled'), id)
    for _, task in ipairs(call('HVALS', K('members', id))) do count(K('awaited'), task, -1) end
    local values = call('HMGET', K('join', id), 'outer', 'payloads')
    unlead(values[1], 'j' .. id)
    keep_payloads(values[2], -1)
  end,
  -- incarnation, name, started, beats, running, state
  register = function(at)
    call('HSET', K('worker', arg(at, 1)), 'name', arg(at, 2), 'beats', arg(at, 4), 'running', arg(at, 5), 'seen', now,
      'state', arg(at, 6))
    call('ZADD', K('workers'), arg(at, 3), arg(at, 1))
  end,
  -- task, 1 if it is to be terminated
  revoke = function(at)
    call('ZADD', K('revokes'), now, arg(at, 1))
    if arg(at, 2) == '1' then call('SADD', K('terminate'), arg(at, 1)) end
  end,
  pause = function(at) call('SADD', K('paused'), arg(at, 1)) end,
  resume = function(at) call('SREM', K('paused'), arg(at, 1)) end,
  -- hash, field, value
  set = function(at) call('HSET', K(arg(at, 1)), arg(at, 2), arg(at, 3)) end,
  -- hash, field
  unset = function(at) call('HDEL', K(arg(at, 1)), arg(at, 2)) end,
  -- task, version, when the next one may start
  rate = function(at)
    call('HSET', K('rate', arg(at, 1)), 'version', arg(at, 2), 'earliest', arg(at, 3))
    call('ZADD', K('rates'), arg(at, 3), arg(at, 1))
  end,
  -- task, execution, time
  stand = function(at) call('ZADD', K('line', arg(at, 1)), arg(at, 3), arg(at, 2)) end,
  -- task, execution
  leave = function(at) call('ZREM', K('line', arg(at, 1)), arg(at, 2)) end,
}

local at = 2
while at <= #ARGV do
  local name, n = ARGV[at], tonumber(ARGV[at + 1])
  local check = checks[name]
  if check then
    local failed = check(at + 2)
    if failed then return failed end
  else
    writes[name](at + 2, n)
  end
  at = at + 2 + n
end
