--== error with a message has a position
error("message")
--== error with a message in a function
local function f()
  error("in f")
end
f()
--== error with levels
local function f(l) error("level " .. l, l) end
print(pcall(f, 0)) print(pcall(f, 1))
print(pcall(function()
  f(2)
end))
--== error with values that are no strings
print(pcall(error)) print(pcall(error, nil)) print(pcall(error, 42)) print(pcall(error, true)) print(pcall(error, { 1 })) print(pcall(error, print)) print(type(select(2, pcall(error, {}))))
--== error with a number gets a position
print(pcall(function() error(42) end)) print(pcall(function() error(1.5, 1) end)) print(pcall(function() error(42, 0) end))
--== an error at the top of the program without a text
error()
--== an error at the top with a table
error({})
--== an error at the top without a position
error("plain", 0)
--== pcall returns all results
print(pcall(function(...) return ... end, 1, nil, 3)) print(pcall(function() end)) print(pcall(pcall, error, "x")) print(pcall(pcall)) print(pcall())
--== pcall of what cannot be called
print(pcall(nil)) print(pcall(5)) print(pcall({})) print(pcall("x"))
--== xpcall calls the handler with the error
print(xpcall(function() error("x", 0) end, function(e) return "handled " .. e, "second" end)) print(xpcall(function() return 1, 2 end, print)) print(xpcall(function() error({ v = 5 }) end, function(e) return e.v end))
--== xpcall with a handler that fails
print(xpcall(function() error("x") end, function() error("in handler") end)) print(xpcall(function() error("x") end, nil)) print(xpcall(function() error("x") end, 5))
--== xpcall takes no arguments for the function
print(xpcall(function(...) return select("#", ...) end, print, 1, 2)) print(pcall(xpcall)) print(pcall(xpcall, print)) print(xpcall(print, print))
--== the handler of xpcall for runtime errors
print(xpcall(function() local t = nil; return t.x end, function(e) return "<" .. e .. ">" end)) print(xpcall(function() return {} .. "x" end, string.upper))
--== nested pcall
print(pcall(function() local ok, e = pcall(error, "inner", 0) error("outer after " .. e, 0) end))
--== errors rethrown keep their text
print(pcall(function() local ok, e = pcall(function() error("first") end) error(e, 0) end)) print(pcall(function() local ok, e = pcall(function() error("first") end) error(e) end))
--== errors that are tables keep their identity
local e = {} local ok, got = pcall(error, e) print(got == e) local ok, got = pcall(function() local ok, x = pcall(error, e) error(x) end) print(got == e)
--== assert
print(assert(1, "unused")) print(assert("v", 2, 3)) print(pcall(assert, false)) print(pcall(assert, nil, "message")) print(pcall(assert, false, { 1 })) print(pcall(assert)) print(pcall(assert, nil, nil)) print(pcall(assert, false, 5)) print(pcall(function() assert(false, "no position") end)) print(pcall(function() assert(nil) end))
--== calling a nil global
undefinedfunction()
--== calling a nil local
local f f()
--== calling a nil field
local t = {} t.f()
--== calling a nil field of a field
local t = { u = {} } t.u.f()
--== calling a nil method
local t = {} t:m()
--== calling a nil upvalue
local f local function g() f() end g()
--== calling a number in a table
local t = { 5 } t[1]()
--== calling the result of a call
local function f() end f()()
--== calling a string constant
("x")()
--== calling with an expression as the key
local t, k = {}, "key" t[k]()
--== indexing nil in every way
print(pcall(function() local a return a.b end)) print(pcall(function() return a.b end)) print(pcall(function() local a = {} return a.b.c end)) print(pcall(function() local a = {} return a.b.c.d end)) print(pcall(function() local a = {} a.b.c = 1 end)) print(pcall(function() local a = {} return a[1][2] end)) print(pcall(function() local a, k = {}, 5 return a[k].x end)) print(pcall(function() return ("x").y.z end)) print(pcall(function() return (nil).x end)) print(pcall(function() return (1).x end)) print(pcall(function() return (true).x end)) print(pcall(function() return #nil end)) 
--== the name of a constant key and of a number key
print(pcall(function() local t = {} t["a b"].c = 1 end)) print(pcall(function() local t = {} t[1.5].c = 1 end)) print(pcall(function() local t = {} t[true].c = 1 end))
--== arithmetic on nil in every place
print(pcall(function() local a return a + 1 end)) print(pcall(function() local a return 1 + a end)) print(pcall(function() return a * 2 end)) print(pcall(function() local t = {} return t.x - 1 end)) print(pcall(function() local t = {} return 1 - t.x.y end)) print(pcall(function() local t = {} t.n = t.n + 1 end)) print(pcall(function() n = n + 1 end)) print(pcall(function() local a return -a end)) print(pcall(function() return -{} end)) print(pcall(function() return 2 ^ {} end)) print(pcall(function() return {} % 2 end)) print(pcall(function() return nil + nil end)) print(pcall(function() return "x" + 1 end)) print(pcall(function() local s = "abc" return s * 2 end)) print(pcall(function() return true / false end))
--== arithmetic names the second operand if the first is fine
local a, b = 1, {} print(pcall(function() return a + b end)) print(pcall(function() local x, y = 5 return x - y end)) print(pcall(function() local x, y = "5", nil return x * y end)) print(pcall(function() local x, y = "z", nil return x * y end)) print(pcall(function() local x, y = nil, "z" return x * y end))
--== concatenation of what is no text
print(pcall(function() local a return "x" .. a end)) print(pcall(function() local a return a .. "x" end)) print(pcall(function() return "x" .. {} end)) print(pcall(function() return {} .. {} end)) print(pcall(function() local t = {} return "x" .. t.y .. "z" end)) print(pcall(function() return "a" .. "b" .. undefined end)) print(pcall(function() return undefined .. "a" .. "b" end)) print(pcall(function() return 1 .. true end)) print(pcall(function() local t = {} return "n: " .. t end)) print(pcall(function() return print .. "" end))
--== comparison of different kinds
print(pcall(function() return 1 < "1" end)) print(pcall(function() return {} < {} end)) print(pcall(function() return nil < 1 end)) print(pcall(function() return 1 < nil end)) print(pcall(function() return print < print end)) print(pcall(function() return true <= false end)) print(pcall(function() return "a" > 1 end)) print(pcall(function() return {} >= 1 end)) print(pcall(function() return nil < nil end))
--== the length of what has none
print(pcall(function() local a return #a end)) print(pcall(function() return #5 end)) print(pcall(function() return #undefined end)) print(pcall(function() local t = {} return #t.x end)) print(pcall(function() return #print end))
--== for loops with bad values
print(pcall(function() for i = "a", 2 do end end)) print(pcall(function() for i = 1, "b" do end end)) print(pcall(function() for i = 1, 2, "c" do end end)) print(pcall(function() for i = nil, 2 do end end)) print(pcall(function() for i = 1, {} do end end)) print(pcall(function() for i = 1, 2, print do end end))
--== for loops over what is no function
print(pcall(function() for k in nil do end end)) print(pcall(function() for k in 5 do end end)) print(pcall(function() local t = {} for k in t do end end))
--== bad arguments name the function at the call
print(pcall(function() string.rep() end)) print(pcall(function() ("x"):rep() end)) print(pcall(function() local s = "x" s:rep({}) end)) print(pcall(function() local f = string.rep f() end)) print(pcall(function() local t = { g = string.rep } t.g() end)) print(pcall(string.rep)) print(pcall(function() return string.rep() end)) print(pcall(function() return (string.rep("x")) end))
--== bad arguments of methods count without self
print(pcall(function() return ("x"):rep({}) end)) print(pcall(function() return ("x"):sub() end)) print(pcall(function() return ("x"):format(1, 2) end)) print(pcall(function() return ("%d"):format("x") end)) print(pcall(function() local t = setmetatable({}, { __index = string }) return t:rep(1) end)) print(pcall(function() local t = setmetatable({}, { __index = string }) return t:upper() end))
--== bad arguments in tail calls have no position
print(pcall(function() return string.rep() end)) print(pcall(function() return math.floor("x") end)) print(pcall(function() return setmetatable(1, 2) end))
--== the line of an error in a call over many lines
local function f(...)
  return ...
end
print(pcall(function()
  f(1,
    2,
    nothing.x,
    3)
end))
print(pcall(function()
  local t = {
    a = 1,
    b = nothing.y,
  }
end))
--== the line of a call is that of its end
print(pcall(function()
  nothing(
    1,
    2
  )
end))
print(pcall(function()
  local x =
    nothing[1
    ](1)
end))
--== the line of an operator
print(pcall(function()
  local a = 1
  local b
  return a
    +
    b
end))
print(pcall(function()
  return "x" ..
    "y" ..
    {} ..
    "z"
end))
print(pcall(function()
  return 1 <
    {}
end))
--== the line of an index
print(pcall(function()
  local t = {}
  return t
    .a
    .b
    .c
end))
print(pcall(function()
  local t = {}
  t.a.b
    .c = 1
end))
--== the line of a condition
print(pcall(function()
  if
    nothing.x
  then
    print(1)
  end
end))
print(pcall(function()
  while 1
    < {} do
  end
end))
print(pcall(function()
  repeat
    local x
  until
    x.y
end))
--== the line of a for loop
print(pcall(function()
  for i =
    1,
    {}
  do
  end
end))
print(pcall(function()
  for k, v in
    pairs(
      nil
    )
  do
  end
end))
print(pcall(function()
  for k in
    5
  do
    print(k)
  end
end))
--== the line of a return
print(pcall(function()
  return
    nothing.x,
    2
end))
print(pcall(function()
  local x = 1
  return x,
    nothing()
end))
--== the line in a nested function
local function a()
  local function b()
    local c = function()
      error("deep")
    end
    c()
  end
  b()
end
print(pcall(a))
--== levels count functions
local function c(l) error("at " .. l, l) end
local function b(l) c(l) return 1 end
local function a(l) b(l) return 1 end
for l = 1, 3 do print(pcall(a, l)) end
--== levels see tail calls
local function c(l) error("at " .. l, l) end
local function b(l) return c(l) end
local function a(l) return b(l) end
for l = 1, 4 do print(pcall(a, l)) end
--== levels see builtins
print(pcall(function() pcall(error, "x", 1) pcall(error, "x", 2) error(select(2, pcall(error, "x", 2)), 0) end)) print(pcall(function() string.gsub("x", "x", function() error("in gsub", 2) end) end))
--== errors in builtins called by builtins
print(pcall(function() table.sort({ 1, 2, 3 }, function(a, b) return a.x < b end) end)) print(pcall(function() string.gsub("abc", "%w", function(c) return c + 1 end) end)) print(pcall(function() table.foreach({ 1 }, function(k, v) local x = v.y.z end) end))
--== errors in arguments of errors
print(pcall(function() error("a" .. nil) end)) print(pcall(function() error(nothing.x) end))
--== runtime errors inside coroutines inside pcall
print(pcall(function() local f = coroutine.wrap(function() return nothing.x end) f() end))
--== a global function's error names upvalues and globals
local up = nil function g() return up.x end print(pcall(g)) function h() return gl.x end print(pcall(h)) print(pcall(function() up() end)) print(pcall(function() gl() end)) print(pcall(function() return up + 1 end)) print(pcall(function() return #up end))
--== a parameter is a local
print(pcall(function(p) return p.x end)) print(pcall(function(p, q) return q() end)) print(pcall(function(...) return (...).x end)) print(pcall(function(self) return self.x.y end, {}))
--== self is a local
local o = {} function o:m() return self.nothing.x end print(pcall(o.m, o)) print(pcall(o.m)) function o:n() self:missing() end print(pcall(o.n, o)) function o:p() self.f() end print(pcall(o.p, o))
--== loop variables are locals
print(pcall(function() for i = 1, 2 do i.x = 1 end end)) print(pcall(function() for k, v in pairs { 1 } do v.x() end end)) print(pcall(function() for k, v in pairs { 1 } do v() end end))
--== a local that shadows is named by its newest name
print(pcall(function() local a = 1 do local b = nil b.x = 1 end end)) print(pcall(function() do local a = 1 end local b b() end))
--== temporaries have no names
print(pcall(function() return (nothing or nil).x end)) print(pcall(function() return (1 + 1).x end)) print(pcall(function() return ("a" .. "b").x.y end)) print(pcall(function() return ({}).x.y end)) print(pcall(function() return (function() end)().x end)) print(pcall(function() return #{} .. nil end))
--== and, or and not make no names
print(pcall(function() local a, b = nil, nil return (a and b) + 1 end)) print(pcall(function() local a = {} return (a or 1) + 1 end)) print(pcall(function() return (not 1) + 1 end)) print(pcall(function() local a, b return (a or b).x end)) print(pcall(function() local a = true return (a and a.x) end))
--== setting what cannot be set
print(pcall(function() local a a.x = 1 end)) print(pcall(function() a.x = 1 end)) print(pcall(function() local s = "x" s.y = 1 end)) print(pcall(function() local n = 5 n[1] = 2 end)) print(pcall(function() print.x = 1 end)) print(pcall(function() local t = {} t.a.b = 1 end)) print(pcall(function() local t = {} t[1][2] = 1 end))
--== errors with embedded zeros and line ends
print(#select(2, pcall(error, "a\0b", 0))) print(pcall(error, "two\nlines", 0)) print(pcall(function() error("two\nlines") end))
--== error objects with __tostring
local e = setmetatable({}, { __tostring = function() return "custom" end }) local ok, got = pcall(error, e) print(ok, tostring(got), got == e)
--== errors in __tostring
print(pcall(tostring, setmetatable({}, { __tostring = function() error("ts") end }))) print(pcall(tostring, setmetatable({}, { __tostring = function() error({}) end })))
--== catching in a loop
local n = 0 for i = 1, 1000 do if not pcall(error, i) then n = n + 1 end end print(n)
--== pcall restores what was
local function f() local ok = pcall(function() local a, b, c = 1, 2, 3 error("x") end) local d = 4 return ok, d end print(f())
--== locals survive an error in an inner function
local a = 1 pcall(function() a = 2 error("x") end) print(a)
--== a finally by hand
local function finally(f, g) local r = { pcall(f) } g() if not r[1] then error(r[2], 0) end return unpack(r, 2) end print(pcall(finally, function() error("body", 0) end, function() print("cleanup") end)) print(finally(function() return 1, 2 end, function() print("cleanup") end))
--== select, unpack and others with bad arguments
print(pcall(select)) print(pcall(select, {})) print(pcall(unpack)) print(pcall(unpack, 5)) print(pcall(unpack, {}, "x")) print(pcall(loadstring)) print(pcall(loadstring, {})) print(pcall(load, 5)) print(pcall(load)) print(pcall(collectgarbage, "nothing")) print(pcall(collectgarbage, {}))
--== collectgarbage answers
print(type(collectgarbage("count")), collectgarbage(), collectgarbage("collect"), collectgarbage("stop"), collectgarbage("restart"), type(collectgarbage("step")), collectgarbage("setpause", 200), collectgarbage("setstepmul", 200), type(gcinfo()))
--== deep pcall chains
local function f(n) if n == 0 then error("bottom", 0) end local ok, e = pcall(f, n - 1) error(e .. "<" .. n, 0) end print(pcall(f, 20))
--== errors through many functions keep the first position
local function f(n) if n == 0 then local t = nil; t.x = 1 end f(n - 1) end print(pcall(f, 50))
--== a call of a nil in a tail position
print(pcall(function() return nothing() end)) print(pcall(function() local t = {} return t.x() end)) print(pcall(function() local t = {} return t:x() end)) print(pcall(function() local f return f() end))
--== a call of a nil result of a method in a chain
local s = "x" print(pcall(function() return s:upper():nothing():more() end)) local o = { a = function() return {} end } print(pcall(function() return o.a().b.c end)) print(pcall(function() return o:a():b() end))
--== a field's name ends with its first zero
print(pcall(function() local t = {} return t["a\0b"].x end)) print(pcall(function() local t = {} t["\0"]() end))
