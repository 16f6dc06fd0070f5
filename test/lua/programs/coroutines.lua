--== a coroutine runs when it is resumed
local co = coroutine.create(function(a, b) print("in", a, b) return a + b end) print(coroutine.status(co)) print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co))
--== yield hands values both ways
local co = coroutine.create(function(...) print("start", ...) local a, b = coroutine.yield(1, 2) print("then", a, b) local c = coroutine.yield() print("last", c) return "r1", "r2" end)
print(coroutine.resume(co, "x", "y")) print(coroutine.resume(co, "a", "b")) print(coroutine.resume(co)) print(coroutine.resume(co))
--== yield in every place of an expression
local co = coroutine.wrap(function() local t = { coroutine.yield(1), coroutine.yield(2), x = coroutine.yield(3) } local s = coroutine.yield(4) + coroutine.yield(5) * coroutine.yield(6) return t[1], t[2], t.x, s, coroutine.yield(7) .. coroutine.yield(8), (coroutine.yield(9)) end)
print(co()) for i = 1, 9 do print(co(i * 10)) end
--== yield in arguments and calls
local y = coroutine.yield local co = coroutine.wrap(function() print("args", y(1), y(2)) print(y("f")(y("a"))) print(select("#", y(3))) end)
print(co()) print(co("x")) print(co("y", "z")) print(co(function(x) return x .. "!" end)) print(co("arg")) co(nil, nil, nil)
--== yield in conditions
local y = coroutine.yield local co = coroutine.wrap(function() if y("if") then print("then") elseif y("elseif") then print("elseif") else print("else") end while y("while") do print("body") end repeat print("rep") until y("until") print(y("and1") and y("and2"), y("or1") or y("or2"), not y("not")) end)
print(co()) print(co(false)) print(co(true)) print(co(true)) print(co(true)) print(co(false)) print(co(false)) print(co(1)) print(co(1)) print(co(2)) print(co(false)) print(co(3)) co(nil)
--== yield in loops
local y = coroutine.yield local co = coroutine.wrap(function() for i = y("start"), y("limit"), y("step") do y(i) end for k, v in y("iter") do y(k, v) end return "end" end)
print(co()) print(co(1)) print(co(5)) print(co(2)) print(co()) print(co()) print(co()) print(co(ipairs { "a", "b" })) 
--== yield in a generic loop
local y = coroutine.yield local co = coroutine.wrap(function() for i, v in ipairs { "a", "b", "c" } do local r = y(i, v) if r == "stop" then break end end return "end" end) print(co()) print(co()) print(co("stop"))
--== an iterator that yields
local co = coroutine.wrap(function() for v in function() return coroutine.yield("ask") end do print("got", v) end return "over" end) print(co()) print(co(1)) print(co(2)) print(co(nil))
--== yield in assignments
local y = coroutine.yield local t = {} local co = coroutine.wrap(function() local a, b = y(1), y(2) t[y(3)], t[y(4)] = y(5), y(6) a, b = b, y(7) return a, b end)
print(co()) for i = 2, 7 do print(co("v" .. i)) end print(co("last")) print(t.v4, t.v5)
--== yield in nested functions
local function inner(n) if n == 0 then return coroutine.yield("bottom") end return inner(n - 1) + 1 end local co = coroutine.wrap(function() return inner(50) end) print(co()) print(co(100))
--== yield in a method and a tail call
local o = {} function o:m(x) return coroutine.yield(self == o, x) end local co = coroutine.wrap(function() local r = o:m(1) print(r) return o:m(2) end) print(co()) print(co("r")) print(co("s", "t"))
--== yield across pcall
print(coroutine.resume(coroutine.create(function() return pcall(function() coroutine.yield(1) end) end)))
--== yield across xpcall, select, tostring
print(coroutine.resume(coroutine.create(function() return xpcall(function() coroutine.yield(1) end, print) end))) print(coroutine.resume(coroutine.create(function() return pcall(coroutine.yield, 5) end))) print(coroutine.resume(coroutine.create(function() print(setmetatable({}, { __tostring = function() coroutine.yield() end })) end)))
--== yield outside a coroutine
print(pcall(coroutine.yield, 1)) coroutine.yield(2)
--== yield in a tail call of the body
local co = coroutine.create(function(...) return coroutine.yield(...) end) print(coroutine.resume(co, 1, 2)) print(coroutine.resume(co, 3)) print(coroutine.resume(co))
--== builtins are no bodies
print(pcall(coroutine.create, print)) print(pcall(coroutine.wrap, string.rep)) print(pcall(function() coroutine.create(error) end)) print(pcall(function() return coroutine.wrap(coroutine.yield) end))
--== errors end a coroutine
local co = coroutine.create(function() error("oops") end) print(coroutine.resume(co)) print(coroutine.status(co)) print(coroutine.resume(co)) local co = coroutine.create(function() error({ code = 5 }) end) local ok, e = coroutine.resume(co) print(ok, e.code) print(coroutine.resume(coroutine.create(function() local x = nil + 1 end)))
--== errors pass through wrap
local f = coroutine.wrap(function() error("oops") end) print(pcall(f)) print(pcall(f)) local g = coroutine.wrap(function() error({}) end) print(pcall(g)) local h = coroutine.wrap(function() return 1 end) h() print(pcall(h))
--== a dead coroutine in wrap reports where it was called
local h = coroutine.wrap(function() return 1 end) h()
h()
--== an error in a wrapped coroutine is the caller's
local h = coroutine.wrap(function()
  local t = nil
  return t.x
end)
h()
--== status in all states
local co, outer co = coroutine.create(function() print(coroutine.status(co), coroutine.status(outer)) coroutine.yield() end) outer = coroutine.create(function() coroutine.resume(co) print(coroutine.status(co), coroutine.status(outer)) end) print(coroutine.status(co)) coroutine.resume(outer) print(coroutine.status(outer)) coroutine.resume(co) print(coroutine.status(co))
--== resuming itself or its resumer
local co co = coroutine.create(function() print(coroutine.resume(co)) local inner = coroutine.create(function() print(coroutine.resume(co)) end) coroutine.resume(inner) end) coroutine.resume(co)
--== wrap resuming itself
local f f = coroutine.wrap(function() f() end) print(pcall(f))
--== running
print(coroutine.running()) local co co = coroutine.create(function() print(coroutine.running() == co) local ok = pcall(function() print(coroutine.running() == co) end) end) coroutine.resume(co)
--== functions of coroutine check their arguments
print(pcall(coroutine.create)) print(pcall(coroutine.create, 5)) print(pcall(coroutine.resume)) print(pcall(coroutine.resume, 5)) print(pcall(coroutine.resume, print)) print(pcall(coroutine.status)) print(pcall(coroutine.status, {})) print(pcall(coroutine.wrap)) print(pcall(coroutine.wrap, {}))
--== a generator of permutations
local function permgen(a, n) if n <= 1 then coroutine.yield(a) else for i = 1, n do a[n], a[i] = a[i], a[n] permgen(a, n - 1) a[n], a[i] = a[i], a[n] end end end for p in coroutine.wrap(function() permgen({ 1, 2, 3 }, 3) end) do print(table.concat(p, " ")) end
--== producer and consumer
local function producer() return coroutine.create(function() for i = 1, 4 do coroutine.yield("item " .. i) end return nil end) end local function filter(p) return coroutine.create(function() local n = 1 while true do local _, x = coroutine.resume(p) if not x then return nil end coroutine.yield(n .. ": " .. x) n = n + 1 end end) end local f = filter(producer()) while true do local _, x = coroutine.resume(f) if not x then break end print(x) end
--== coroutines in coroutines
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end local outer = coroutine.wrap(function() for i in gen(3) do for j in gen(2) do coroutine.yield(i, j) end end end) for i, j in outer do print(i, j) end
--== a sieve of coroutines
local function gen(n) return coroutine.wrap(function() for i = 2, n do coroutine.yield(i) end end) end local function filter(p, g) return coroutine.wrap(function() for n in g do if n % p ~= 0 then coroutine.yield(n) end end end) end local x, s = gen(60), {} while true do local n = x() if n == nil then break end s[#s + 1] = n x = filter(n, x) end print(table.concat(s, " "))
--== many coroutines
local list = {} for i = 1, 200 do list[i] = coroutine.wrap(function() local n = i while true do n = n + coroutine.yield(n) end end) list[i]() end local s = 0 for r = 1, 5 do for i = 1, 200 do s = s + list[i](r) end end print(s)
--== a coroutine that yields very often
local co = coroutine.wrap(function() for i = 1, 20000 do coroutine.yield(i) end return "end" end) local s = 0 for i = 1, 20000 do s = s + co() end print(s, co())
--== coroutines that nest deeply
local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return nest(n - 1) end)() end print(nest(50)) local ok, e = pcall(nest, 300) print(ok, (tostring(e):match("C stack overflow")))
--== recursion inside a coroutine
local co = coroutine.wrap(function() local function f(n) if n == 0 then coroutine.yield("deep") return 0 end return 1 + f(n - 1) end return f(5000) end) print(co()) print(co())
--== a stack overflow inside a coroutine
local co = coroutine.create(function() local function f() return 1 + f() end return f() end) local ok, e = coroutine.resume(co) print(ok, e:match("^[^\n(]*")) print(coroutine.status(co))
--== pcall inside a coroutine catches
local co = coroutine.wrap(function() local ok, e = pcall(error, "x", 0) coroutine.yield(ok, e) ok, e = pcall(function() local t = nil return t.x end) return ok, e end) print(co()) print(co())
--== a coroutine keeps its upvalues
local n = 0 local co = coroutine.wrap(function() while true do n = n + 1 coroutine.yield(n) end end) print(co(), co()) n = 10 print(co())
--== a coroutine shares the environment
x = 1 local co = coroutine.wrap(function() x = x + 1 coroutine.yield(x) setfenv(1, { coroutine = coroutine }) x = "own" coroutine.yield(x) end) print(co(), x) print(co(), x)
--== varargs survive a yield
local co = coroutine.wrap(function(...) coroutine.yield(select("#", ...)) coroutine.yield(...) local a, b = ... return b, a end) print(co(1, nil, 3)) print(co()) print(co())
--== closures made before and after a yield share variables
local co = coroutine.wrap(function() local n = 0 local function inc() n = n + 1 return n end coroutine.yield(inc) n = n + 100 coroutine.yield(function() return n end) end) local inc = co() print(inc(), inc()) local get = co() print(get(), inc(), get())
--== loop variables captured around a yield
local co = coroutine.wrap(function() local fs = {} for i = 1, 3 do local j = i * 10 fs[i] = function() j = j + 1 return i, j end coroutine.yield(fs[i]) end return fs[1]() end) local f1, f2, f3 = co(), co(), co() print(f1()) print(f2()) print(co())
--== yields in repeat with locals in the condition
local co = coroutine.wrap(function() local n = 0 repeat local x = coroutine.yield(n) n = n + 1 until coroutine.yield("cond " .. n) == x return n end) print(co()) print(co(1)) print(co(2)) print(co(3)) print(co(3))
--== yields in nested blocks and loops at once
local co = coroutine.wrap(function() for i = 1, 2 do local a = i while true do do local b = coroutine.yield(i, a) if b == "break" then break end a = a + b end for _, k in ipairs { "p", "q" } do if coroutine.yield(k) then break end end end end return "over" end)
print(co()) print(co(10)) print(co()) print(co(true)) print(co("break")) print(co(5)) print(co(true)) print(co("break"))
--== return values of yields in returns
local co = coroutine.wrap(function() return 1, coroutine.yield("a"), coroutine.yield("b") end) print(co()) print(co("x", "dropped")) print(co("y", "z"))
--== a yield in the middle of a concatenation
local co = coroutine.wrap(function() return "a" .. coroutine.yield(1) .. "c" .. coroutine.yield(2) .. "e" end) print(co()) print(co("b")) print(co("d"))
--== a yield inside a comparison
local co = coroutine.wrap(function() return coroutine.yield(1) < coroutine.yield(2), coroutine.yield(3) == coroutine.yield(4) end) print(co()) print(co(1)) print(co(2)) print(co("x")) print(co("x"))
--== operands before a yield keep their values
local co = coroutine.wrap(function() local t = { v = 1 } local r = t.v + coroutine.yield() t.v = 5 return r, t.v * coroutine.yield(), t.v end) co() print(co((function() return 10 end)())) print(co(3))
--== an error after a yield has the right line
local co = coroutine.wrap(function()
  coroutine.yield()
  local t = nil
  return t.field
end)
co() print(pcall(co))
--== an error of level 2 in a coroutine
local function check(x)
  error("bad " .. x, 2)
end
local co = coroutine.create(function()
  check("thing")
end)
print(coroutine.resume(co))
--== error levels stop at the coroutine
print(coroutine.resume(coroutine.create(function() error("e", 2) end))) print(coroutine.resume(coroutine.create(function() error("e", 1) end))) print(coroutine.resume(coroutine.create(function() error("e", 3) end)))
--== a coroutine as a key and in comparisons
local a, b = coroutine.create(function() end), coroutine.create(function() end) local t = { [a] = 1, [b] = 2 } print(t[a], t[b], a == b, a == a, type(a))
--== a finished coroutine returns everything
print(coroutine.resume(coroutine.create(function() return 1, nil, 3, nil end))) print(select("#", coroutine.resume(coroutine.create(function() return nil, nil end))))
--== unpack of many values through yield
local co = coroutine.wrap(function(...) while true do coroutine.yield(select("#", ...), coroutine.yield(...)) end end) local t = {} for i = 1, 100 do t[i] = i end print(select("#", co(unpack(t)))) print(co(unpack(t)))
--== a scheduler
local tasks, log = {}, {} local function spawn(name, n) tasks[#tasks + 1] = coroutine.create(function() for i = 1, n do log[#log + 1] = name .. i coroutine.yield() end end) end spawn("a", 3) spawn("b", 1) spawn("c", 2) while #tasks > 0 do for i = #tasks, 1, -1 do coroutine.resume(tasks[i]) if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end end end print(table.concat(log, " "))
--== walking a tree
local function walk(t) if t then walk(t.l) coroutine.yield(t.v) walk(t.r) end end local tree = { v = 4, l = { v = 2, l = { v = 1 }, r = { v = 3 } }, r = { v = 6, l = { v = 5 } } } for v in coroutine.wrap(function() walk(tree) end) do print(v) end
--== resume passes errors of wrap inside
local co = coroutine.create(function() local f = coroutine.wrap(function() error("inner", 0) end) f() end) print(coroutine.resume(co))
--== getfenv and setfenv of threads
local co = coroutine.create(function() return x end) x = "global" print(pcall(getfenv, co)) print(coroutine.resume(co))
