-- Hands out what is ready, and orphans.
--
-- ARGV 2 the mark of this hand-over, 3 how many messages at most, 4 how many bytes, 5 how many pairs of tag and mark
--      follow of what was lost on its way, these, then queues to leave alone
-- Returns the entries, then the orphans as tag and the broker's tag
local mark, max, bytes, pairs_ = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
wake()
for i = 6, 5 + 2 * pairs_, 2 do
  local e = load(ARGV[i])
  if e and e.custody == 'READY' and e.handed == ARGV[i + 1] then change(e, { handed = '' }) end
end
local except = {}
for i = 6 + 2 * pairs_, #ARGV do except[ARGV[i]] = true end
for _, queue in ipairs(call('SMEMBERS', K('paused'))) do except[queue] = true end
local found = {}
for _, queue in ipairs(call('SMEMBERS', K('queues'))) do
  if not except[queue] then
    for _, one in ipairs(call('ZRANGE', K('ready', queue), 0, max - 1)) do found[#found + 1] = one end
  end
end
table.sort(found)
local ready = {}
for i = 1, math.min(#found, max) do
  local e = load(string.format('%.0f', tonumber(string.sub(found[i], -16))))
  bytes = bytes - tonumber(e.size)
  if bytes < 0 and #ready > 0 then break end
  change(e, { handed = mark })
  ready[#ready + 1] = full(e.tag)
end
-- Whoever dies with one costs it the broker's own timeout.
local orphans = {}
for _, tag in ipairs(call('SRANDMEMBER', K('orphans'), 500)) do
  local e = load(tag)
  change(e, { handed = mark })
  orphans[#orphans + 1] = { tag, e.broker_tag }
end
return { ready, orphans }
