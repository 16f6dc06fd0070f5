-- Runs the programs that come on standard input, each as "<length>\n<bytes>", in an environment of its
-- own, and writes what each printed, its error if it had one, and a mark behind it.
local mark = '\1\2END\2\1\n'
local read, write = io.read, function(text) io.stdout:write(text) end
local loadstring, pcall, type, tostring, pairs = loadstring, pcall, type, tostring, pairs
local setfenv, tonumber, setmetatable, collect = setfenv, tonumber, debug.setmetatable, collectgarbage
local base = {
  'assert', 'collectgarbage', 'error', 'gcinfo', 'getfenv', 'getmetatable', 'ipairs', 'load',
  'loadstring', 'next', 'newproxy', 'pairs', 'pcall', 'print', 'rawequal', 'rawget', 'rawset',
  'select', 'setfenv', 'setmetatable', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall', '_VERSION',
}
local values, libraries = {}, {}
for _, name in pairs(base) do values[name] = _G[name] end
for _, name in pairs { 'string', 'table', 'math', 'coroutine' } do libraries[name] = _G[name] end

local function fresh()
  local env = {}
  for name, value in pairs(values) do env[name] = value end
  for name, library in pairs(libraries) do
    local copy = {}
    for key, value in pairs(library) do copy[key] = value end
    env[name] = copy
  end
  env._G = env
  return env
end

local function show(e)
  if type(e) == 'string' or type(e) == 'number' then return tostring(e) end
  return '(' .. type(e) .. ')'
end

local function run(source, env)
  setfenv(0, env)
  setmetatable('', { __index = env.string })
  local chunk, problem = loadstring(source, '=t')
  if not chunk then return write('syntax: ' .. problem .. '\n') end
  local ok, e = pcall(chunk)
  if not ok then write('error: ' .. show(e) .. '\n') end
end

while true do
  local length = read('*l')
  if not length then break end
  local source = tonumber(length) == 0 and '' or read(tonumber(length))
  run(source, fresh())
  write(mark)
  io.stdout:flush()
end
