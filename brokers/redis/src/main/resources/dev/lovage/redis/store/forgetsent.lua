-- Forgets what was sent on, with its execution: should it lie at the broker still, it is run. Or counts it from a later
-- time on.
--
-- ARGV from 2 on, for each: tag, since when it was there, the later time or nothing
for i = 2, #ARGV, 3 do
  local e = load(ARGV[i])
  if e and e.custody == 'SENT' and e.since == ARGV[i + 1] then
    if ARGV[i + 2] ~= '' then
      change(e, { since = ARGV[i + 2] })
    else
      finish(e, 'forgotten')
      call('HDEL', K('executions', e.id), e.rn)
      if call('EXISTS', K('executions', e.id)) == 0 then call('ZREM', K('ended'), e.id) end
    end
  end
end
