--== missing arguments are nil and surplus ones are dropped
local function f(a, b) return a, b end print(f()) print(f(1)) print(f(1, 2, 3))
--== varargs are passed on
local function f(...) return ... end print(f()) print(f(nil)) print(f(1, nil, 3, nil)) print((f(1, 2)))
--== select counts nils
local function n(...) return select("#", ...) end print(n(), n(nil), n(nil, nil), n(1, nil))
--== select from the end
print(select(-1, 1, 2, 3)) print(select(-3, 1, 2, 3)) print(select(2, "a", "b", "c")) print(select(5, 1, 2))
--== select out of range
print(pcall(select, 0, 1)) print(pcall(select, -2, 1)) print(pcall(select, "x"))
--== varargs in the middle of a list are one value
local function f(...) return ..., "end" end print(f(1, 2, 3)) print(f())
--== varargs in constructors
local function t(...) return { ..., n = select("#", ...) } end print(#t(1, 2, 3), t(1, 2, 3).n, t().n) local function u(...) return { ..., "x" } end print(#u(1, 2, 3), #u())
--== varargs cannot be captured by inner functions
local function f(...) return function() return ... end end
--== varargs are copies for inner varargs functions
local function f(...) local a = { ... } return function(...) return a[1], ... end end print(f(1, 2)(3, 4))
--== varargs and parameters together
local function f(a, b, ...) return select("#", ...), a, b, ... end print(f()) print(f(1)) print(f(1, 2)) print(f(1, 2, 3, 4))
--== unpack with ranges
print(unpack({ 1, 2, 3 })) print(unpack({ 1, 2, 3 }, 2)) print(unpack({ 1, 2, 3 }, 2, 5)) print(unpack({}, 1, 2)) print(unpack({ 1, 2 }, 3)) print(unpack({ 1, 2 }, -1, 1))
--== unpack of too much
print(pcall(unpack, {}, 1, 1e7)) print(pcall(unpack, {}, 1, 1e8))
--== a tail call keeps nothing behind
local function loop(n) if n == 0 then return "end" end return loop(n - 1) end print(loop(200000))
--== mutual tail calls keep nothing behind
local odd local function even(n) if n == 0 then return true end return odd(n - 1) end function odd(n) if n == 0 then return false end return even(n - 1) end print(even(100001))
--== tail calls of methods
local o = {} function o:f(n) if n == 0 then return self == o end return self:f(n - 1) end print(o:f(100000))
--== tail calls through pcall grow the stack of C
local function f(n) if n == 0 then return "ok" end return pcall(f, n - 1) end print(f(100))
--== recursion without tail calls
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end print(sum(15000))
--== recursion without end is a stack overflow
local function f(n) return 1 + f(n + 1) end local ok, e = pcall(f, 1) print(ok, e:match("^[^\n(]*"))
--== recursion without end of a global
function f() local x = f() return x end print((select(2, pcall(f))):match("^[^\n(]*"))
--== recursion without end in a metamethod overflows C
local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end local ok, e = pcall(function() return t[1] end) print(ok, (e:gsub(" %(.*", "")))
--== recursion without end through tostring overflows C
local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) local ok, e = pcall(tostring, t) print(ok, (e:match("C stack overflow")))
--== recursion without end through pcall
local function f() local ok, e = pcall(f) if not ok then error(e, 0) end return 1 end local ok, e = pcall(f) print(ok, (tostring(e):match("stack overflow")))
--== a stack overflow can be caught and work goes on
local function f() return f() + 1 end for i = 1, 3 do print((pcall(f))) end print("on")
--== upvalues are shared between closures
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end local inc, get = counter() inc() inc() print(get()) local inc2, get2 = counter() print(get2(), inc2(), get())
--== upvalues outlive their function
local get do local x = 5 function get() x = x + 1 return x end end print(get(), get())
--== upvalues of upvalues
local function a() local x = 1 return function() return function() x = x + 1 return x end end end local f = a() print(f()(), f()(), a()()())
--== parameters can be captured and changed
local function f(x) local g = function() x = x + 1 return x end x = x * 2 return g, function() return x end end local g, h = f(5) print(g(), h(), g(), h())
--== a captured loop variable can be changed in the body
local fs = {} for i = 1, 2 do fs[i] = function() return i end i = i + 10 end print(fs[1](), fs[2]())
--== a closure in a repeat sees the value at the end of its round
local f, i = {}, 0 repeat local x = i f[i] = function() return x end x = x + 100 i = i + 1 until i == 2 print(f[0](), f[1]())
--== a captured variable declared again in each round is nil at first
for i = 1, 2 do local x local function set() x = i end print(x) set() print(x) end
--== functions are equal to themselves only
local function mk() return function() end end local f = mk() print(f == f, f == mk(), print == print)
--== functions as keys
local f, t = function() end, {} t[f] = 1 t[print] = 2 print(t[f], t[print], t[function() end])
--== methods pass the object
local o = { v = 3 } function o:get(d) return self.v + (d or 0) end print(o:get(), o.get(o, 1), o:get(2)) local p = { v = 9, get = o.get } print(p:get())
--== a method of a string
local s = "abc" print(s:upper(), s:len(), ("x"):rep(3, "y"), #s:rep(2), s:sub(2):upper())
--== a method of a missing field
local o = {} print(pcall(function() o:nothing() end)) print(pcall(function() o.x:m() end)) print(pcall(function() x:m() end))
--== a method of a string that it has not
print(pcall(function() return ("x"):nothing() end)) local s = "y" print(pcall(function() return s:nothing() end))
--== a method of a number
print(pcall(function() return (5):rep(2) end)) local n = 5 print(pcall(function() return n:rep(2) end))
--== calls of results of calls
local function f(a) return function(b) return function(c) return a + b + c end end end print(f(1)(2)(3))
--== arguments adjust at the last call only
local function two() return 1, 2 end print(two(), two()) print((two()), two()) print(two(), (two()))
--== many arguments
local t = {} for i = 1, 200 do t[i] = i end print(select("#", unpack(t))) print((select(200, unpack(t)))) local function f(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end print(f(unpack(t)))
--== many results
local function f(n) local t = {} for i = 1, n do t[i] = i end return unpack(t) end print(select("#", f(250))) local a, b, c = f(2) print(a, b, c)
--== many parameters
local function f(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) return p, a, o, b end print(f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)) print(f(1, 2))
--== many locals
local a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 local b1, b2, b3, b4, b5, b6, b7, b8, b9, b10 = a10, a9, a8, a7, a6, a5, a4, a3, a2, a1 local c1, c2, c3, c4, c5 = b1 + a1, b2 + a2, b3, b4, b5 print(c1, c2, c3, c4, c5, b10)
--== too many locals
local s = {} for i = 1, 201 do s[i] = "local x" .. i .. " = " .. i end print(select(2, loadstring(table.concat(s, "\n"), "=big")))
--== two hundred locals are allowed
local s = {} for i = 1, 200 do s[i] = "local x" .. i .. " = " .. i end s[201] = "return x1 + x200" print(loadstring(table.concat(s, "\n"), "=big")())
--== too many upvalues
local s = {} for i = 1, 61 do s[i] = "local x" .. i end s[62] = "return function() return x1" for i = 2, 61 do s[#s + 1] = "+ x" .. i end s[#s + 1] = " end" print(select(2, loadstring(table.concat(s, "\n"), "=up")))
--== sixty upvalues are allowed
local s = {} for i = 1, 60 do s[i] = "local x" .. i .. " = " .. i end s[61] = "return function() return x1" for i = 2, 60 do s[#s + 1] = "+ x" .. i end s[#s + 1] = " end" print(loadstring(table.concat(s, " "), "=up")()())
--== too many levels of syntax
print(select(2, loadstring(("("):rep(300) .. "1" .. (")"):rep(300), "=deep"))) print(select(2, loadstring(("do "):rep(300) .. ("end "):rep(300), "=deep"))) print(select(2, loadstring("return " .. ("{"):rep(300) .. ("}"):rep(300), "=deep")))
--== a long chain of concatenation is right recursive
print(select(2, loadstring("return " .. ("'a' .. "):rep(300) .. "'b'", "=deep")))
--== a long chain of additions is not recursive
print(loadstring("return " .. ("1 + "):rep(1000) .. "1", "=long")())
--== long chains of calls and indexes are fine
local f f = function() return f end print(loadstring("local f = ... return f" .. ("()"):rep(150), "=calls")(f) == f)
--== a function with a long constructor
local t = loadstring("return {" .. ("1,"):rep(1000) .. "}")() print(#t) local u = loadstring("return {" .. ("1,"):rep(51) .. "unpack({ 5, 6 })}")() print(#u, u[53])
--== constants of every kind in one function
print(loadstring("local t = {" .. (function() local s = {} for i = 1, 300 do s[i] = i + 0.5 .. ", 'k" .. i .. "'" end return table.concat(s, ",") end)() .. "} return #t, t[1], t[600]")())
--== getfenv and setfenv of functions
local function f() return x end local env = { x = "in env" } x = "global" print(f()) print(setfenv(f, env) == f) print(f(), getfenv(f) == env, getfenv(1) == _G, getfenv() == _G, getfenv(print) == _G)
--== setfenv of the running function
local function f() setfenv(1, { y = 5, pcall = pcall }) return y, x end print(f()) print(y)
--== setfenv of the caller
local print, setfenv = print, setfenv local function f() setfenv(2, { z = "changed" }) end local function g() f() return z end print(g()) print(z)
--== functions inherit the environment they are made in
local function mk() setfenv(1, { v = 1 }) return function() return v end end local f = mk() print(f(), getfenv(f).v, v)
--== setfenv of a builtin
print(pcall(setfenv, print, {})) print(pcall(setfenv, 10, {})) print(pcall(setfenv, -1, {})) print(pcall(setfenv, {}, {})) print(pcall(setfenv, function() end, 1)) print(pcall(setfenv, "f", {}))
--== getfenv with levels out of range
print(pcall(getfenv, 100)) print(pcall(getfenv, -1)) print(pcall(getfenv, "x")) print(pcall(getfenv, {}))
--== an environment with metatables
local env = setmetatable({}, { __index = function(_, k) return "no " .. k end, __newindex = function(t, k, v) rawset(t, k, v .. "!") end }) local f = setfenv(function() a = "set" return a, b end, env) print(f())
--== an environment that is not a table for lookups
local env = setmetatable({}, { __index = _G }) setfenv(1, env) newglobal = 5 print(newglobal, rawget(_G, "newglobal"))
--== errors in another environment name globals
local f = setfenv(function() undefined() end, {}) print(pcall(f)) local g = setfenv(function() return undefined.x end, {}) print(pcall(g))
--== loadstring gives a function in the global environment
y = 1 local f = loadstring("y = y + 1 return y") print(f(), f(), y)
--== loadstring does not see locals
local z = 5 print(loadstring("return z")())
--== loadstring with arguments
print(loadstring("return ...")(1, 2, 3)) print(loadstring("local a, b = ... return b, a")(1, 2))
--== loadstring with names of chunks
for _, name in ipairs { "=name", "@file.lua", "source text", "two\nlines", "", "=", "@", ("x"):rep(100), "@" .. ("y"):rep(100), "=" .. ("z"):rep(100), "short\r\n" } do print(select(2, pcall(loadstring("error('here')", name)))) print(select(2, loadstring("x = = 1", name))) end
--== loadstring without a name uses the text
print(select(2, loadstring("x =="))) print(select(2, loadstring("\nx =="))) print(select(2, pcall(loadstring("error('e')")))) print(select(2, loadstring(("x = 1 "):rep(30) .. "=")))
--== load reads pieces
local pieces = { "return ", "1 ", "+ 2", nil } local i = 0 print(load(function() i = i + 1 return pieces[i] end)()) local n = 0 print(load(function() n = n + 1 if n == 1 then return "return 7" elseif n == 2 then return "" end error("not called") end)())
--== load with a reader that fails
print(load(function() error("broken", 0) end)) print(load(function() return {} end)) print(load(function() return true end))
--== load with a syntax error
local n = 0 print(load(function() n = n + 1 return n == 1 and "x = " or nil end, "=chunk")) print(load(function() return nil end))
--== load refuses bytecode that is broken
print((loadstring("\27Lua") == nil)) print(pcall(string.dump, print))
--== a closure does not change what loadstring made before
local f = loadstring("local a = 1 return function() a = a + 1 return a end") local g, h = f(), f() print(g(), g(), h())
