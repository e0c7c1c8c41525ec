-- What became of what was handed out. What has another mark by now was elsewhere meanwhile, and stays as it is.
--
-- ARGV 2 `sent`, `left`, `early` or `orphaned`, then for each its tag, its mark and, if it is early, when it is due
for i = 3, #ARGV, ARGV[2] == 'early' and 3 or 2 do
  local e = load(ARGV[i])
  if e and e.handed == ARGV[i + 1] then
    if ARGV[2] == 'sent' and e.custody == 'READY' then
      change(e, { custody = 'SENT', at_broker = '1', since = now })
    elseif ARGV[2] == 'early' and e.custody == 'READY' then
      change(e, { handed = '', custody = 'TIMER', eta = ARGV[i + 2] })
    elseif ARGV[2] == 'left' and e.custody == 'READY' or ARGV[2] == 'orphaned' and e.custody == 'SENT' then
      change(e, { handed = '' })
    end
  end
end
