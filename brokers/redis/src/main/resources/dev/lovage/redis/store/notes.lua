-- Comes before the scripts that hand out notes and take them back.

-- About this thing so many less are being told. What is left of it is free once nobody tells any.
local function less(about)
  count(K('telling'), about, -1)
  if call('HEXISTS', K('telling'), about) == 0 then
    local first = call('ZRANGE', K('about', about), 0, 0)[1]
    if first then call('ZADD', K('notes'), first, about) end
  end
end

local function let_go(id)
  local about = call('HGET', K('note', id), 'about')
  call('HDEL', K('told'), id)
  call('ZADD', K('about', about), id, id)
  less(about)
end
