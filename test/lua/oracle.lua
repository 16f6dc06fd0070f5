-- Runs programs that come in on standard input, each as "length\ntext". Writes for each what it
-- printed and its error text, in the same form.
local steps = tonumber(arg[1])
local read, write, sethook = io.read, io.write, debug.sethook
local loadstring, pcall, error, type, tostring, pairs = loadstring, pcall, error, type, tostring, pairs
local setmetatable, getmetatable, select, setfenv = setmetatable, getmetatable, select, setfenv
local concat = table.concat

for _, name in pairs({ 'io', 'require', 'module', 'package', 'dofile', 'loadfile', 'arg', 'debug' }) do
  _G[name] = nil
end

local function copy(t)
  local c = {}
  for k, v in pairs(t) do c[k] = v end
  return c
end

local globals = _G
local before, inside = copy(globals), {}
for k, v in pairs(before) do
  if type(v) == 'table' and v ~= globals then inside[v] = copy(v) end
end

local function restore(t, saved)
  setmetatable(t, nil)
  for k in pairs(t) do t[k] = nil end
  for k, v in pairs(saved) do t[k] = v end
end

local stringMeta = getmetatable('')
local stringMetaSaved = copy(stringMeta)

local function put(text) write(#text, '\n', text) end

while true do
  local length = read('*l')
  if not length then break end
  local source = read(tonumber(length)) or ''
  local out, n = {}, 0
  globals.print = function(...)
    local line = {}
    for i = 1, select('#', ...) do
      local s = tostring((select(i, ...)))
      if type(s) ~= 'string' then error("'tostring' must return a string to 'print'") end
      line[i] = s
    end
    n = n + 1
    out[n] = concat(line, '\t') .. '\n'
  end
  local fn, problem = loadstring(source, '=p')
  if fn then
    sethook(function() error('timeout', 0) end, '', steps)
    local ok
    ok, problem = pcall(fn)
    sethook()
    if ok then problem = ''
    elseif type(problem) ~= 'string' and type(problem) ~= 'number' then
      problem = '(error object is ' .. tostring(problem) .. ')'
    end
  end
  setfenv(0, globals)
  restore(globals, before)
  for t, saved in pairs(inside) do restore(t, saved) end
  for k in pairs(stringMeta) do stringMeta[k] = nil end
  for k, v in pairs(stringMetaSaved) do stringMeta[k] = v end
  put(concat(out))
  put(tostring(problem))
end
