--== setmetatable returns the table
local t, m = {}, {} print(setmetatable(t, m) == t, getmetatable(t) == m, getmetatable({})) setmetatable(t, nil) print(getmetatable(t))
--== setmetatable checks its arguments
print(pcall(setmetatable)) print(pcall(setmetatable, {})) print(pcall(setmetatable, {}, 5)) print(pcall(setmetatable, 5, {})) print(pcall(setmetatable, "x", {})) print(pcall(getmetatable))
--== __metatable protects
local t = setmetatable({}, { __metatable = "locked" }) print(getmetatable(t)) print(pcall(setmetatable, t, {})) print(getmetatable(setmetatable({}, { __metatable = false })))
--== metatables of other kinds
print(getmetatable(1), getmetatable(nil), getmetatable(print), getmetatable(true), type(getmetatable("")))
--== __index as a function gets table and key
local t = setmetatable({ a = 1 }, { __index = function(t, k) return k .. "?" end }) print(t.a, t.b, t["c d"], t[1], rawget(t, "b"))
--== __index as a table, chained
local a = { x = 1 } local b = setmetatable({ y = 2 }, { __index = a }) local c = setmetatable({ z = 3 }, { __index = b }) print(c.x, c.y, c.z, c.w) a.w = 4 print(c.w)
--== __index chain ends in a function
local a = setmetatable({}, { __index = function(t, k) return "end " .. k end }) local b = setmetatable({}, { __index = a }) print(b.k)
--== __index of what cannot be indexed
local t = setmetatable({}, { __index = 5 }) print(pcall(function() return t.x end)) local u = setmetatable({}, { __index = "str" }) print(u.len == string.len, u.zzz)
--== __index loops
local a, b = {}, {} setmetatable(a, { __index = b }) setmetatable(b, { __index = a }) print(pcall(function() return a.x end))
--== __newindex loops
local a, b = {}, {} setmetatable(a, { __newindex = b }) setmetatable(b, { __newindex = a }) print(pcall(function() a.x = 1 end))
--== __newindex as a function
local log = {} local t = setmetatable({ a = 1 }, { __newindex = function(t, k, v) log[#log + 1] = k .. "=" .. tostring(v) end }) t.a = 2 t.b = 3 t[1] = 4 print(t.a, t.b, t[1], table.concat(log, " "))
--== __newindex as a table
local store = {} local t = setmetatable({}, { __newindex = store }) t.x = 1 print(rawget(t, "x"), store.x) local u = setmetatable({}, { __newindex = t }) u.y = 2 print(store.y)
--== __newindex is asked again after a field is cleared
local n = 0 local t = setmetatable({}, { __newindex = function(t, k, v) n = n + 1 rawset(t, k, v) end }) t.x = 1 t.x = 2 t.x = nil t.x = 3 print(n, t.x)
--== __newindex with nil and NaN keys
local t = setmetatable({}, { __newindex = function(t, k, v) print("set", k, v) end }) t[nil] = 1 t[0/0] = 2
--== __index with nil keys
local t = setmetatable({}, { __index = function(t, k) return "key " .. tostring(k) end }) print(t[nil])
--== __call with arguments
local t = setmetatable({}, { __call = function(self, ...) return select("#", ...), ... end }) print(t()) print(t(1, nil)) print(pcall(t, 1)) print(t{}, t"s")
--== __call of __call is not followed twice
local inner = setmetatable({}, { __call = function(self, a, b) return "inner", a ~= nil, b end }) local t = setmetatable({}, { __call = inner }) print(pcall(function() return t(1) end))
--== __call in a tail position
local t = setmetatable({}, { __call = function(self, n) if n == 0 then return "done" end return self(n - 1) end }) print(t(50000))
--== __call with a method
local o = { m = setmetatable({}, { __call = function(self, o, x) return type(o), x end }) } print(o:m(5))
--== arithmetic events get the operands in order
local m = {} for _, e in ipairs { "add", "sub", "mul", "div", "mod", "pow", "concat" } do m["__" .. e] = function(a, b) return e .. (type(a) == "table" and " t" or " " .. a) .. (type(b) == "table" and " t" or " " .. b) end end
local t = setmetatable({}, m) print(t + 1, 1 + t, t - 2, 2 - t, t * 3, 3 / t, t % 4, 4 ^ t, t .. 5, "x" .. t, t .. t)
--== unary minus gets its operand twice
local t t = setmetatable({}, { __unm = function(a, b) return a == t, rawequal(b, t) end }) print(-t)
--== events on values with different metatables take the left first
local a = setmetatable({}, { __add = function() return "left" end }) local b = setmetatable({}, { __add = function() return "right" end }) local c = {} print(a + b, b + a, c + b, b + c, a + 1, 1 + b)
--== an event result is one value
local t = setmetatable({}, { __add = function() return 1, 2, 3 end, __index = function() return 4, 5 end }) print(t + 1) print(t.x)
--== an event without a result is nil
local t = setmetatable({}, { __add = function() end, __index = function() end, __concat = function() end }) print(t + 1, t.x, t .. "x")
--== __eq is asked for two tables with the same handler only
local f = function() return true end local m1, m2, m3 = { __eq = f }, { __eq = f }, { __eq = function() return true end } local a, b, c, d = setmetatable({}, m1), setmetatable({}, m2), setmetatable({}, m3), {} print(a == b, a == c, a == d, a ~= b, a == 1, a == a, rawequal(a, b))
--== __eq results become booleans
local m = {} local r m.__eq = function() return r end local a, b = setmetatable({}, m), setmetatable({}, m) for _, v in ipairs { 1, "x", {} } do r = v print(a == b, a ~= b) end r = nil print(a == b, a ~= b) r = false print(a == b)
--== __eq is not asked for identical or different kinds
local n = 0 local m = { __eq = function() n = n + 1 return true end } local a = setmetatable({}, m) print(a == a, a == "a", a == 1, n)
--== __lt and __le with both operands
local m = { __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end } local function o(v) return setmetatable({ v = v }, m) end print(o(1) < o(2), o(2) < o(1), o(1) <= o(1), o(1) > o(2), o(2) >= o(1), o(3) >= o(4))
--== __le falls back to not __lt
local m = { __lt = function(a, b) return a.v < b.v end } local function o(v) return setmetatable({ v = v }, m) end print(o(1) <= o(2), o(2) <= o(1), o(1) <= o(1), o(1) >= o(2))
--== comparison of different metatables fails
local a = setmetatable({}, { __lt = function() return true end }) local b = setmetatable({}, { __lt = function() return true end }) print(pcall(function() return a < b end)) print(pcall(function() return a < {} end)) print(pcall(function() return a < 1 end)) print(pcall(function() return {} < {} end))
--== __lt results become booleans
local m = { __lt = function() return 1 end, __le = function() return nil end } local a, b = setmetatable({}, m), setmetatable({}, m) print(a < b, a <= b, a > b, a >= b)
--== __concat with numbers and strings
local t = setmetatable({}, { __concat = function(a, b) return (type(a) == "table" and "T" or a) .. "+" .. (type(b) == "table" and "T" or b) end }) print(t .. 1, 1 .. t, "s" .. t, t .. "s", t .. t, "a" .. "b" .. t, t .. "a" .. "b", "a" .. t .. "b")
--== __concat that returns tables
local m = {} m.__concat = function(a, b) return setmetatable({ n = (type(a) == "table" and a.n or 1) + (type(b) == "table" and b.n or 1) }, m) end local t = setmetatable({ n = 1 }, m) print(("x" .. t .. "y" .. t .. "z").n)
--== __tostring in tostring and print
local t = setmetatable({}, { __tostring = function(t) return "I am " .. (t.name or "nobody") end }) print(t, tostring(t)) t.name = "somebody" print(t) print(pcall(function() return "x" .. t end)) print(pcall(string.format, "%s", t))
--== __mode is accepted
local w = setmetatable({}, { __mode = "k" }) local v = setmetatable({}, { __mode = "v" }) local key = {} w[key] = 1 v[1] = key collectgarbage() print(w[key], v[1] == key) print(pcall(setmetatable, {}, { __mode = "zzz" }))
--== __gc of tables is not called
local called = false do local t = setmetatable({}, { __gc = function() called = true end }) end collectgarbage() collectgarbage() print(called)
--== a metatable may be its own
local t = {} t.__index = t t.__call = function(self, x) return x end setmetatable(t, t) print(t.missing == nil or "looped")
--== metatables changed later take effect
local m = {} local t = setmetatable({}, m) print(t.x) m.__index = { x = 1 } print(t.x) m.__index = nil print(t.x) m.__add = function() return "added" end print(t + 1)
--== events found through rawget only
local m = setmetatable({}, { __index = { __add = function() return 1 end } }) local t = setmetatable({}, m) print(pcall(function() return t + 1 end))
--== classes with inheritance
local Animal = {} Animal.__index = Animal function Animal.new(name) return setmetatable({ name = name }, Animal) end function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, { __index = Animal }) Dog.__index = Dog function Dog.new(name) local d = Animal.new(name) return setmetatable(d, Dog) end function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Animal.new("cat"):speak(), Dog.new("rex"):speak(), getmetatable(Dog.new("x")) == Dog)
--== default values by __index
local function default(t, d) return setmetatable(t, { __index = function() return d end }) end local t = default({ a = 1 }, 0) t.b = t.b + 5 print(t.a, t.b, t.c)
--== read-only tables
local function readonly(t) return setmetatable({}, { __index = t, __newindex = function(_, k) error("attempt to update " .. k, 2) end }) end local r = readonly { x = 1 } print(r.x) print(pcall(function() r.x = 2 end))
--== proxies count accesses
local function track(t) local n = 0 return setmetatable({}, { __index = function(_, k) n = n + 1 return t[k] end, __newindex = function(_, k, v) n = n + 1 t[k] = v end }), function() return n end end local p, count = track { 1 } p[2] = p[1] p[3] = p[2] print(count(), p[3])
--== memoizing by __index
local calls = 0 local fib fib = setmetatable({ 1, 1 }, { __index = function(t, n) calls = calls + 1 local v = t[n - 1] + t[n - 2] t[n] = v return v end }) print(fib[30], calls, fib[30], calls)
--== complex numbers
local C = {} C.__index = C local function c(r, i) return setmetatable({ r = r, i = i }, C) end C.__add = function(a, b) return c(a.r + b.r, a.i + b.i) end C.__mul = function(a, b) return c(a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r) end C.__eq = function(a, b) return a.r == b.r and a.i == b.i end C.__tostring = function(a) return a.r .. "+" .. a.i .. "i" end C.__unm = function(a) return c(-a.r, -a.i) end
print(tostring(c(1, 2) + c(3, 4)), tostring(c(1, 2) * c(3, 4)), c(1, 2) == c(1, 2), tostring(-c(1, 2)))
--== sets with operators
local S = {} local function set(l) local s = setmetatable({}, S) for _, v in ipairs(l) do s[v] = true end return s end S.__add = function(a, b) local r = set {} for k in pairs(a) do r[k] = true end for k in pairs(b) do r[k] = true end return r end S.__le = function(a, b) for k in pairs(a) do if not b[k] then return false end end return true end S.__lt = function(a, b) return a <= b and not (b <= a) end
local a, b = set { 1, 2 }, set { 1, 2, 3 } print(a <= b, a < b, b <= a, a < a, b >= a, (a + b)[3])
--== errors inside events have their own lines
local t = setmetatable({}, { __index = function(t, k)
  error("no field " .. k)
end })
print(pcall(function() return t.x end))
print(pcall(function()
  return t.
    y
end))
--== errors of level 2 inside events point at the access
local t = setmetatable({}, { __index = function(t, k) error("no field " .. k, 2) end, __add = function() error("add", 2) end, __call = function() error("call", 2) end })
print(pcall(function()
  return t.x end))
print(pcall(function()

  return t + 1 end))
print(pcall(function() local r =


  t() return r end))
--== userdata of newproxy
local u = newproxy() print(type(u), getmetatable(u), u == u, u == newproxy()) local p = newproxy(true) getmetatable(p).__index = { x = 1 } print(p.x) local q = newproxy(p) print(q.x, getmetatable(q) == getmetatable(p)) print(pcall(newproxy, {})) print(pcall(newproxy, 5)) print(pcall(function() return u.x end)) print(pcall(function() u.x = 1 end)) print(newproxy(false) ~= nil)
--== userdata with events
local p = newproxy(true) local m = getmetatable(p) m.__add = function(a, b) return "sum" end m.__len = function() return 42 end m.__call = function(_, x) return x end m.__tostring = function() return "proxy" end m.__eq = function() return true end print(p + 1, #p, p(7), tostring(p), p == newproxy(p))
--== a yield across an event fails
local t = setmetatable({}, { __index = function() return coroutine.yield() end, __add = function() coroutine.yield() end, __call = function(_, x) return coroutine.yield(x) end })
print(coroutine.resume(coroutine.create(function() return t.x end))) print(coroutine.resume(coroutine.create(function() return t + 1 end))) print(coroutine.resume(coroutine.create(function() return t(5) end)))
--== __call through pcall, coroutines and sort
local c = setmetatable({}, { __call = function(_, a, b) return a < b end }) print(pcall(c, 1, 2)) print(pcall(coroutine.create, c)) print(pcall(table.sort, { 2, 1 }, c))
--== __index on a global table of variables
setmetatable(_G, { __index = function(_, k) return "undefined " .. k end, __newindex = function(t, k, v) rawset(t, k, v and v .. "!") end }) print(foo) foo = "bar" print(foo)
--== strict globals
setmetatable(_G, { __index = function(_, k) error("variable '" .. k .. "' is not declared", 2) end, __newindex = function(_, k) error("assign to undeclared variable '" .. k .. "'", 2) end }) print(pcall(function() return undeclared end)) print(pcall(function() undeclared = 1 end)) rawset(_G, "declared", 1) declared = 2 print(declared)
