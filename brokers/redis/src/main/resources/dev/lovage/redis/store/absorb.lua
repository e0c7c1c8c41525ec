-- Takes what was drained from the broker as ready for nobody yet. What runs is kept here alone from now on; what was
-- just handed over is here again, and not on its way.
--
-- ARGV from 2 on: messages
for at = 2, #ARGV, #MESSAGE do
  local m = message(at)
  local new, known = accept(m)
  if not new and string.sub(known, 1, 1) ~= '-' then
    supersede(known, m)
    local e = load(known)
    if e.custody == 'SENT' or e.custody == 'READY' then
      change(e, { custody = 'READY', at_broker = '0', handed = '' })
    elseif e.custody == 'LEASED' then
      change(e, { at_broker = '0' })
    end
  end
end
