--== numbers print as %.14g
print(1, -1, 0, 1.5, 1e15, 2^53, 1/3, -1.5e-10, 1e100, 100000000000000, 123456789012345, 1e14, 99999999999999)
print(1e300*1e10, -1e300*1e10, 0x10, 0xff, 3e-5, 0.1, 1e-5, 123456.789e3)
--== strings are numbers where a number is needed, and the other way round
print("10"+5, "0x10"*2, " 3 "-1, 10 .. 20, -"2", "10"/"4", "7"%"4", "2"^"3")
print("abc" < "abd", "a" < "B", "" < "a", "a\0b" < "a\0c", "10" < "9")
--== a call in the middle takes one value, at the end all
local function f(...) return ... end
print(f(1,2,3), f(4,5,6))
print((f(1,2,3)))
print({f(1,2,3), f(4,5)}[1] == nil)
--== a list in a table takes all values of its last call
local function f(...) return ... end
local t = {f(1,2,3), f(4,5)}
print(#t, t[1], t[2], t[3])
t = {f(1,2,3), (f(4,5))}
print(#t)
t = {f(), 1, f()}
print(#t, t[1], t[2])
--== nil in the middle of a list
print(#{1,nil,3}, #{nil,nil,3}, #{1,2,nil}, #{nil}, #{1,nil}, #{n=1}, #{1,nil,3,nil})
--== fields and elements of a constructor
local t = {1, 2, x = 3, [10] = 4, ["a b"] = 5, 6; 7}
print(#t, t[3], t[4], t.x, t[10], t["a b"])
--== varargs: select, holes, nothing
local function f(...) local a, b = ... return select('#', ...), a, b, (select(-1, 0, ...)) end
print(f()) print(f(nil)) print(f(1, nil)) print(f(nil, nil, nil))
--== the table arg of 5.0
local function f(...) return arg.n, arg[1], #arg end
print(f(1, 2, 3)) print(f())
local function g(...) local a = ... return arg end
print(g(1))
--== closures share a variable, and loops make new ones
local fs = {}
for i = 1, 3 do local j = i fs[#fs + 1] = function() i = i + 1 j = j + i return i, j end end
for i = 1, 3 do print(fs[i]()) print(fs[i]()) end
local k = 0
local function inc() k = k + 1 return k end
local function get() return k end
inc() inc() print(get(), k)
--== a closure sees a variable assigned after it was made
local x = 1
local function f() return x end
x = 2 print(f())
local function g() x = x + 1 end
g() print(x, f())
--== a local function sees itself, a local variable does not
local function f(n) return n == 0 and 1 or n * f(n - 1) end
print(f(10))
local g = function() return g end
print(g())
--== upvalues of upvalues
local a = 1
local function f() local b = 2 return function() a = a + b b = b + 1 return function() return a, b end end end
local g = f() print(g()()) print(g()()) local h = f() print(h()())
--== parameters that are captured and changed
local function counter(n) return function() n = n + 1 return n end end
local a, b = counter(1), counter(10) print(a(), a(), b(), a())
--== repeat sees the variables of its body
local i = 0
repeat local done = i >= 3 i = i + 1 until done
print(i)
local fs = {}
repeat local j = #fs fs[#fs + 1] = function() return j end until j >= 3
print(fs[1](), fs[4]())
--== break leaves the innermost loop
for i = 1, 3 do for j = 1, 3 do if j == 2 then break end print(i, j) end if i == 2 then break end end
while true do while true do break end break end
repeat if true then break end until false
for k in pairs({1}) do break end
print("end")
--== numeric for: steps, bounds, own variable
for i = 3, 1 do print("no") end
for i = 1, 3 do local j = i i = 10 print(j, i) end
for i = 3, 1, -1 do print(i) end
for i = 1, 2, 0.5 do print(i) end
for i = 1, 0.9 do print("no") end
for i = -1, -3, -1 do print(i) end
for i = "1", "3", "2" do print(i) end
--== generic for over closures and with state
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * i end end end
for a, b, c in range(3) do print(a, b, c) end
local function it(s, c) if c < s then return c + 1 end end
for i in it, 3, 0 do print(i) end
for k, v in next, {10} do print(k, v) end
for k, v in next, {10, 20, 30}, 1 do print(k, v) end
--== pairs goes over arrays in order and clears fields on the way
local t = {} for i = 1, 10 do t[i] = i end
for k, v in pairs(t) do t[k] = nil end
print(next(t))
local n = 0 local u = {} for i = 1, 100 do u["k" .. i] = i end
for k in pairs(u) do u[k] = nil n = n + 1 end print(n, next(u))
--== ipairs stops at the first nil
for i, v in ipairs({1, 2, nil, 4}) do print(i, v) end
for i, v in ipairs({}) do print(i, v) end
--== multiple assignment evaluates all before it stores
local a, b, c = 1, 2
a, b = b, a print(a, b, c)
local i, t = 1, {}
i, t[i] = i + 1, 20 print(i, t[1], t[2])
local t = {1, 2} local i = 1
t[i], i = 5, 2 print(t[1], t[2], i)
local function f() return 7, 8, 9 end
a, b, c = f() print(a, b, c) a, b, c = 0, f() print(a, b, c) a, b = f(), 1 print(a, b) a, b, c = f(), 10 print(a, b, c)
--== and, or, not give their operands
print(1 and 2, nil and 1, false and 1, 1 or 2, nil or 2, false or nil, not nil, not 0, nil == false)
local function f(x) print("f", x) return x end
print(f(1) and f(2), f(nil) and f(3), f(false) or f(4), f(5) or f(6))
print(f(nil) or f(false) or f(7), (f(1) and f(nil)) or f(8))
if f(1) and f(2) then print("both") end
if not (f(nil) or f(false)) then print("neither") end
while f(nil) or f(false) do end
--== the order of evaluation around calls
local log = {}
local function v(x) log[#log + 1] = tostring(x) return x end
local t = setmetatable({}, {__index = function(_, k) log[#log + 1] = "get " .. tostring(k) return k end, __newindex = function(_, k, x) log[#log + 1] = "set " .. tostring(k) end})
t[v("a")] = v("b")
t.x, t[v("y")] = v(1), v(2)
local _ = t.p + v(3) .. t.q
local _ = v(t.r) == t.s
print(t.l, v(9), t.m)
print(table.concat(log, ","))
--== a local is read late as an operand, early as an argument
local a = 1
local function f() a = a + 10 return 1 end
print(a + f()) print(f() + a) print(a, f(), a)
local t = {a, f(), a} print(t[1], t[3])
local s = a .. f() .. a print(s)
--== operators bind as they should
print(2 + 3 * 4 ^ 2 ^ 0.5 / 2 - -3, -2 ^ 2, not 1 == 2, 1 .. 2 .. 3, 2 ^ -1, 5 - 3 - 1, 2 ^ 3 ^ 2, -3 % 5, 5 % -3, -5 % 3, 5.5 % 2)
print(1 < 2 == true, "a" .. 1 + 2 .. "b", 1 + 1 == 2 and 3 or 4, #"abc" + 1, -"2" + 1, not nil == true)
--== comparison chains and equality of types
print(1 == "1", 0 == -0, "a" == "a", nil == nil, {} == {}, print == print, 1 ~= 1, "a" ~= "b")
print(1 < 1.5, 1 <= 1, 2 > 1, 2 >= 3, "a" <= "a", "b" > "a")
--== methods, self, and functions in tables
local C = {} C.__index = C
function C.new(x) return setmetatable({x = x}, C) end
function C:get() return self.x end
function C:set(x) self.x = x return self end
local D = setmetatable({}, {__index = C}) D.__index = D
function D:get() return C.get(self) * 2 end
local o = C.new(5) print(o:get(), o:set(6):get(), o.get(o))
local p = setmetatable({x = 1}, D) print(p:get(), p:set(3):get())
local t = {a = {b = {}}} function t.a.b.f(x) return x end function t.a.b:g(x) return self == t.a.b, x end
print(t.a.b.f(1)) print(t.a.b:g(2))
--== strings have methods
print(("x"):rep(3), ("abc"):upper(), #("abc"):rep(2), ("%d"):format(3))
local s = "hello" print(s:len(), s:sub(2, 3), s.len)
--== long strings and escapes
print([[a
b]], [==[
x]]y]==], "\65\066\0677", "a\
b", '\'"\"', "\t|\\|\a" == "\9|\92|\7")
print(#"\0abc", ("\0"):byte(), "z\z")
--== comments
-- one
--[[ two
lines ]] print(1) --[==[ ]] ]==] print(2)
--[=[ x ]=] print(3) ---[[ not long
print(4)
--]]
--== numbers in the source
print(3, 3., .5, 3e2, 3E+2, 3e-2, 0xA, 0Xa, 1e1, 0x.8, 0x1p4)
--== goto is a name, and other words
local goto_, continue = 1, 2 print(goto_, continue)
goto = 5 print(goto)
--== semicolons after statements
local a = 1; local b = 2; print(a, b); do ; end
--== semicolons after statements only
local a = 1; print(a);
--== return without values, in the middle of a do
local function f() do return end end print(f()) print((f())) print(select('#', f()))
local function g() return nil end print(select('#', g()))
--== tail calls go on for ever
local function loop(n, acc) if n == 0 then return acc end return loop(n - 1, acc + 1) end
print(loop(300000, 0))
local a, b function a(n) if n == 0 then return "a" end return b(n - 1) end function b(n) if n == 0 then return "b" end return a(n - 1) end
print(a(100001))
--== recursion is deep
local function d(n) if n == 0 then return 0 end return 1 + d(n - 1) end
print(d(15000))
local function e(n) if n == 0 then return 0, 1 end local a, b = e(n - 1) return a + b, b end
print(e(12000))
--== too deep is an error, and goes on afterwards
local n = 0
local function f() n = n + 1 return 1 + f() end
local ok, e = pcall(f) print(ok, e, n > 10000)
local ok, e = pcall(f) print(ok, e)
print(pcall(string.rep, "x", 3))
--== deep recursion through pcall is C stack overflow
local depth = 0
local function f() depth = depth + 1 local ok, e = pcall(f) if not ok then error(e, 0) end end
print(pcall(f))
--== deep nesting of metamethods is C stack overflow
local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end})
print(pcall(function() return t[1] end))
--== an error in a deep frame finds its pcall
local function d(n) if n == 0 then error("bottom") end local x = d(n - 1) return x end
print(pcall(d, 1000))
local function p(n) if n == 0 then error({}) end local ok, e = pcall(p, n - 1) return ok, type(e) end
print(p(100))
--== metamethods of arithmetic
local m = {} local function op(name) return function(a, b) return name, type(a), type(b) end end
for _, e in ipairs({"add", "sub", "mul", "div", "mod", "pow", "concat"}) do m["__" .. e] = op(e) end
m.__unm = function(a, b) return "unm" .. tostring(rawequal(a, b)) end
local t = setmetatable({}, m)
print(t + 1, 1 + t, t - 1, 2 * t, t / t, t % 3, t ^ 2, t .. "x", "x" .. t, 1 .. t, -t)
print(pcall(function() return t < t end)) print(pcall(function() return #t end))
--== metamethods of comparison
local m = {__eq = function(a, b) return a.v == b.v end, __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end}
local function n(v) return setmetatable({v = v}, m) end
print(n(1) == n(1), n(1) ~= n(1), n(1) == n(2), n(1) < n(2), n(1) > n(2), n(1) <= n(1), n(2) >= n(3))
local l = {__lt = m.__lt} local a, b = setmetatable({v = 1}, l), setmetatable({v = 2}, l)
print(a <= b, a >= b, b <= a) print(a == setmetatable({v = 1}, m), pcall(function() return a < n(2) end))
--== __index and __newindex, functions and tables
local log = {}
local base = {x = 1}
local t = setmetatable({}, {__index = base, __newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end})
print(t.x, t.y) t.a = 1 t.a = 2 t.b = nil t.b = 3 print(t.a, t.b, #log)
local u = setmetatable({}, {__newindex = base}) u.z = 5 print(rawget(u, "z"), base.z)
local w = setmetatable({}, {__index = function(t, k) return k * 2 end}) print(w[21], w[1.5])
--== __call with any number of arguments
local t = setmetatable({}, {__call = function(self, ...) return select('#', ...), ... end})
print(t()) print(t(1)) print(t(1, 2, 3, 4, 5)) print(pcall(t, 1)) print((t(1, 2)))
local function tail() return t(7) end print(tail())
local m = {t = t} print(m.t(1), m:t(2))
--== __concat sees partial results
local m = {__concat = function(a, b) return (type(a) == "table" and "T" or a) .. "+" .. (type(b) == "table" and "T" or b) end}
local t = setmetatable({}, m)
print("a" .. "b" .. t, t .. "a" .. "b", "a" .. t .. "b", t .. t, 1 .. t .. 2)
--== __tostring, __metatable
local t = setmetatable({}, {__tostring = function() return "me" end, __metatable = "locked"})
print(tostring(t), getmetatable(t), pcall(setmetatable, t, {}))
print(pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))
--== rawequal, rawget, rawset pass metamethods by
local t = setmetatable({}, {__index = function() return 1 end, __newindex = function() end, __eq = function() return true end})
t.x = 5 print(t.x, rawget(t, "x"), rawset(t, "x", 6) == t, t.x, rawequal(t, {}))
--== environments
local function f() return x end
setfenv(f, {x = 5}) print(f()) print(x)
local function g() setfenv(1, {y = 3}) return y end print(g())
print(getfenv(f).x, getfenv(1) == _G, getfenv(0) == _G, getfenv(print) == _G)
local h = loadstring("z = 1 return z") local env = {} setfenv(h, env) print(h(), env.z, z)
local function outer() local function inner() setfenv(2, {print = print, k = "set"}) end inner() return k end print(outer())
--== loadstring: names, errors, arguments
print(loadstring("return ...")(1, 2)) print(loadstring("x =")) print(loadstring("x = = 1", "=name")) print(loadstring("error('e')", "@file.lua"))
print(pcall(loadstring("error('e')", "=chunk"))) print(pcall(loadstring("error('e')", "local x\ny")))
print(pcall(loadstring("error('e')"))) print(pcall(loadstring("\n\nlocal t = nil; t.x = 1", "=lines")))
--== load reads pieces
local parts = {"return ", "1", " + 2"} local i = 0
print(load(function() i = i + 1 return parts[i] end)()) print(load(function() error("stop") end)) print(load(function() return {} end))
--== error levels and positions
local function f(l) error("m", l) end
print(pcall(f, 0)) print(pcall(f, 1)) print(pcall(f, 2)) print(pcall(f, 3)) print(pcall(function() f(2) end)) print(pcall(function() f(1) end))
print(pcall(error, "x", 1)) print(pcall(error)) print(pcall(error, 5)) print(select('#', pcall(error, nil)))
print(pcall(function() error(12) end)) print(pcall(function() error() end)) print(pcall(function() error("a", 2) end))
--== pcall nests and gives all results
print(pcall(pcall, error, "x")) print(pcall(function(...) return ... end, 1, nil, 3)) print(pcall(function() return pcall(error, "in") end))
--== xpcall calls its handler
print(xpcall(function() error("e") end, function(m) return "handled " .. m end)) print(xpcall(function() return 1, 2 end, print)) print(xpcall(function() local x = nil + 1 end, function(m) return m, 2 end))
--== assert gives its arguments back
print(assert(1, 2, 3)) print(pcall(assert, false)) print(pcall(assert, nil, "msg")) print(pcall(assert, false, "a", "b")) print(select('#', assert(true)))
--== coroutines: values in and out
local co = coroutine.create(function(a, b) print(a, b) local c = coroutine.yield(a + b) print(c) local d, e = coroutine.yield(c * 2) print(d, e) return "done", 1 end)
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10)) print(coroutine.resume(co, "x", "y")) print(coroutine.status(co)) print(coroutine.resume(co))
--== coroutines: generators with wrap
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local s = 0 for i in gen(10) do s = s + i end print(s)
local function tree(t) if t then tree(t[1]) coroutine.yield(t[2]) tree(t[3]) end end
local t = {{{nil, 1}, 2}, 3, {{nil, 4}, 5, {nil, 6}}} for v in coroutine.wrap(function() tree(t) end) do print(v) end
--== coroutines: yield in every kind of place
local y = coroutine.yield
local co = coroutine.wrap(function()
  local t = {y(1), y(2), k = y(3)} local a, b = y(4), y(5)
  if y(6) then y(7) elseif y(8) then y(9) else y(10) end
  for i = y(11), y(12) do y(i) end
  while y(13) do y(14) break end
  repeat local z = y(15) until z
  for k in pairs({y(16)}) do y(17) end
  local s = y(18) .. y(19) .. "x" local n = y(20) + y(21) * 2
  t[y(22)] = y(23) t.a, t.b = y(24), y(25)
  local f = y(26) and y(27) or y(28)
  return (y(29)), y(30)
end)
local x = co() local log = {} for i = 1, 60 do log[#log + 1] = tostring(x) if coroutine.status and x == nil then break end x = co(i % 3 ~= 0 and i or false) if #log > 36 then break end end
print(table.concat(log, " "))
--== coroutines: errors end them
local co = coroutine.create(function() local x = nil x.y = 1 end) print(coroutine.resume(co)) print(coroutine.status(co), coroutine.resume(co))
local w = coroutine.wrap(function() error({1}) end) local ok, e = pcall(w) print(ok, type(e))
print(pcall(coroutine.wrap(function() error("s") end)))
--== coroutines: yield across pcall and metamethods is an error
print(coroutine.resume(coroutine.create(function() return pcall(coroutine.yield, 1) end)))
print(coroutine.resume(coroutine.create(function() local t = setmetatable({}, {__index = function() coroutine.yield() end}) return t.x end)))
print(coroutine.resume(coroutine.create(function() table.sort({3, 2, 1}, function() coroutine.yield() end) end)))
print(pcall(coroutine.yield, 1))
--== coroutines: status and who runs
local co co = coroutine.create(function() print(coroutine.status(co), coroutine.running() == co) local c2 = coroutine.create(function() print(coroutine.status(co)) print(coroutine.resume(co)) end) coroutine.resume(c2) coroutine.yield() end)
print(coroutine.status(co)) coroutine.resume(co) print(coroutine.status(co)) coroutine.resume(co) print(coroutine.status(co), coroutine.running())
print(coroutine.resume(coroutine.create(function() return coroutine.resume(coroutine.running()) end)))
--== coroutines: yield from deep recursion
local function d(n) if n == 0 then coroutine.yield("deep") return 0 end return 1 + d(n - 1) end
local co = coroutine.wrap(function() return d(5000) end) print(co()) print(co())
--== coroutines: thousands at once
local cs = {} for i = 1, 2000 do cs[i] = coroutine.wrap(function() local s = 0 while true do s = s + coroutine.yield(s) end end) cs[i]() end
local sum = 0 for r = 1, 3 do for i = 1, 2000 do sum = sum + cs[i](i) end end print(sum)
--== coroutines: nested too deep
local function h(n) local co = coroutine.create(h) local ok, e = coroutine.resume(co, n + 1) if not ok then error(e, 0) end return e end
print(pcall(h, 1))
--== coroutines: tail calls, and yield as the whole body
local co = coroutine.wrap(function(...) return coroutine.yield(...) end) print(co(1, 2)) print(co(3, 4))
local function t(n) if n == 0 then return coroutine.yield("t") end return t(n - 1) end
local co = coroutine.wrap(t) print(co(1000)) print(co("end"))
--== coroutines: wrap in for with pairs inside
local function walk(t) for k, v in ipairs(t) do if type(v) == "table" then walk(v) else coroutine.yield(k, v) end end end
for k, v in coroutine.wrap(function() walk({1, {2, 3, {4}}, 5}) end) do print(k, v) end
--== tables: array and hash change places
local t = {} for i = 10, 1, -1 do t[i] = i end print(#t) for i = 1, 10 do io_ = t[i] end
t = {} t[3] = 3 t[2] = 2 t[1] = 1 print(#t) t[#t] = nil print(#t) t[#t + 1] = "x" print(#t, t[3])
for i = 1, 100 do t[#t + 1] = i end print(#t) for i = 1, 103 do t[#t] = nil end print(#t, next(t))
--== tables: keys of all kinds
local t = {} local k1, k2 = {}, function() end
t[k1] = 1 t[k2] = 2 t[true] = 3 t[false] = 4 t[1.5] = 5 t[-1] = 6 t[0] = 7 t["1"] = 8 t[1] = 9 t[2^53] = 10
print(t[k1], t[k2], t[true], t[false], t[1.5], t[-1], t[0], t["1"], t[1], t[2^53], t[-0]) print(#t)
t[1.5] = nil print(t[1.5]) t[3/2] = "again" print(t[1.5])
--== tables: many fields come and go
local t = {} for r = 1, 5 do for i = 1, 50 do t["a" .. i] = i end for i = 1, 50 do if i % 2 == r % 2 then t["a" .. i] = nil end end end
local n = 0 for k, v in pairs(t) do n = n + v end print(n)
--== tables: a queue that moves
local q, first, last = {}, 1, 0
for i = 1, 1000 do last = last + 1 q[last] = i if i % 2 == 0 then q[first] = nil first = first + 1 end end
print(first, last, q[first], q[last], q[1], q[first - 1])
--== next walks by hand
local t = {10, 20, 30} local k, v = next(t) while k do print(k, v) k, v = next(t, k) end print(next({}), next({}, nil))
local ok, e = pcall(next, {}, "x") print(ok, e)
--== unpack with bounds
print(unpack({1, 2, 3})) print(unpack({1, 2, 3}, 2)) print(unpack({1, 2, 3}, 2, 5)) print(unpack({}, 1, 0)) print(unpack({1, nil, 3}, 1, 3)) print((unpack({1, 2})))
--== select from the end
print(select(-1, 1, 2, 3)) print(select(-2, 1, 2, 3)) print(select(2, "a", "b", "c")) print(select(4, 1, 2, 3)) print(select('#', nil, nil)) print(pcall(select, -4, 1, 2, 3))
--== tonumber of everything
print(tonumber("0x1F"), tonumber("1e2"), tonumber(" 1 "), tonumber("1 1"), tonumber(""), tonumber(" "), tonumber("."), tonumber("1."), tonumber(".1"), tonumber("0x"), tonumber("1e"), tonumber("inf"), tonumber("infinity"), tonumber(nil), tonumber({}), tonumber("z", 36), tonumber("Zz", 36), tonumber("9", 8), tonumber("11", 2), tonumber("-11", 2) == 2^64 - 3)
--== type of everything
print(type(nil), type(true), type(1), type("x"), type({}), type(print), type(function() end), type(coroutine.create(function() end)), type(newproxy()))
--== newproxy shares a metatable
local p = newproxy(true) getmetatable(p).__index = function(_, k) return k .. "!" end getmetatable(p).__len = function() return 42 end getmetatable(p).__call = function(_, x) return x end
local q = newproxy(p) print(q.foo, #q, q(5), getmetatable(p) == getmetatable(q), getmetatable(newproxy()))
--== long chains
local s = "" for i = 1, 150 do s = s .. "a.." end print(#loadstring("local a = 'x' return " .. s .. "a")())
local s = "1" for i = 1, 5000 do s = s .. "+1" end print(loadstring("return " .. s)())
local s = "t" for i = 1, 3000 do s = s .. ".t" end local t = {} t.t = t print(loadstring("local t = ... return " .. s)(t) == t)
local s = "f" for i = 1, 3000 do s = s .. "()" end local function f() return f end print(loadstring("local f = ... return " .. "f" .. ("()"):rep(3000))(f) ~= nil)
local s = "if x == 0 then return 0 " for i = 1, 3000 do s = s .. "elseif x == " .. i .. " then return " .. i .. " " end print(loadstring("local x = ... " .. s .. " end")(2999))
--== a long chain of locals in an expression
local a = 1 local s = "a" for i = 1, 2000 do s = s .. (i % 2 == 0 and "+a" or "-1") end print(loadstring("local a = ... return " .. s)(1))
local s = "a" for i = 1, 2000 do s = s .. " and a" end print(loadstring("local a = ... return " .. s)(7))
local s = "a" for i = 1, 2000 do s = s .. " or a" end print(loadstring("local a = ... if " .. s .. " then return 1 end return 2")(false))
--== 200 locals, 60 upvalues
local s = "" for i = 1, 200 do s = s .. "local a" .. i .. " = " .. i .. " " end print(loadstring(s .. "return a1 + a200")())
local s, u = "", "" for i = 1, 60 do s = s .. "local a" .. i .. " = " .. i .. " " u = u .. "a" .. i .. (i < 60 and "+" or "") end print(loadstring(s .. "return (function() return " .. u .. " end)()")())
--== a function with many parameters and arguments
local ps, as = {}, {} for i = 1, 100 do ps[i] = "p" .. i as[i] = i end
print(loadstring("return function(" .. table.concat(ps, ",") .. ") return p1 + p50 + p100 end")()(unpack(as)))
print(loadstring("return (function(...) return select('#', ...) end)(" .. table.concat(as, ",") .. ")")())
--== sort through metamethods and closures
local t = {5, 2, 8, 1} table.sort(t) print(table.concat(t, " ")) table.sort(t, function(a, b) return a > b end) print(table.concat(t, " "))
local m = {__lt = function(a, b) return a.v < b.v end} local u = {} for i = 1, 5 do u[i] = setmetatable({v = (i * 7) % 5}, m) end table.sort(u) for i = 1, 5 do print(u[i].v) end
--== gsub with functions that fail, and positions
print(pcall(string.gsub, "abc", "b", function(x) error("in " .. x) end)) print(pcall(function() return ("abc"):gsub("b", function(x) error("in " .. x, 2) end) end))
print(("hello world"):gsub("o", {o = "0"}), ("abc"):gsub("%w", "%0%0"))
--== the sieve
local N, c = 1000, 0 local s = {} for i = 2, N do s[i] = true end for i = 2, N do if s[i] then c = c + 1 for j = i * i, N, i do s[j] = false end end end print(c)
--== the eight queens
local N, count = 6, 0 local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
local function add(a, n) if n > N then count = count + 1 else for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1) end end end end add({}, 1) print(count)
--== a global that is nil, a global function, a changed global
print(undefined) function gf(x) return x and gf(false) or "base" end print(gf(true)) gf = nil print(gf, _G.gf) _G["a b"] = 1 print(_G["a b"]) x = 1 x = x + 1 print(x, _G.x)
--== writing to globals through _G and back
_G.newglobal = 5 print(newglobal) newglobal = nil print(rawget(_G, "newglobal")) for k, v in pairs({a = 1}) do _G[k] = v end print(a)
--== string coercion of integers and floats as keys
local t = {} t[1] = "n" t["1"] = "s" print(t[1], t["1"], t[1.0]) t[2^31] = "big" print(t[2147483648])
--== assignment to a captured loop variable
for i = 1, 2 do local f = function() i = i * 10 return i end print(f(), i) end
for k, v in pairs({a = 1}) do local f = function() v = v + 1 return k, v end print(f()) print(v) end
--== nested functions and shadowing
local x = 1 do local x = x + 1 do local x = x + 1 print(x) end print(x) end print(x)
local function f(x) local x = x or 5 return x end print(f(), f(1)) local function g(a, a) return a end print(g(1, 2))
--== a table that contains itself
local t = {} t.t = t print(t.t.t.t == t) t[t] = t print(t[t][t] == t)
