-- Takes what has arrived from the broker.
--
-- ARGV 2 incarnation, 3 the call's id, then for each: the broker's tag, 1 if it is acknowledged early, a message
-- Returns nothing if the worker was declared dead; else for each an empty list where the store keeps it or it has
--         ended, or what was claimed: 1 if it was not known before, its entry
if not alive(ARGV[2]) then return false end
local taken = {}

local function take(broker_tag, early, m)
  local new, known = accept(m)
  if not new and string.sub(known, 1, 1) == '-' then return {} end
  local e = new or load(known)
  local away = e.custody == 'SENT' or e.custody == 'READY'
  -- Python has run what was sent there, and replaced it by a chain that ends here, under its id.
  if away and not new and e.epoch == '0' and not same(e, m) then replace(e, m) end
  if away and waits(m) then
    -- Its entry may not know its time: it had left the waiting to the broker.
    change(e, { custody = 'TIMER', at_broker = '0', handed = '', eta = m.eta, since = now })
    return {}
  end
  if away then
    change(e, { custody = 'LEASED', at_broker = early == '1' and '0' or '1', broker_tag = broker_tag, handed = '',
      epoch = string.format('%.0f', tonumber(e.epoch) + 1), lease = ARGV[2], claim = ARGV[3], early = early,
      since = now, reason = '' })
    return { new and '1' or '0', full(e.tag) }
  end
  if e.custody == 'LEASED' then
    -- It comes again while it runs: who runs it may not be able to acknowledge it any more.
    change(e, { at_broker = '0' })
  end
  return {}
end

for at = 4, #ARGV, 2 + #MESSAGE do taken[#taken + 1] = take(ARGV[at], ARGV[at + 1], message(at + 2)) end
return taken
