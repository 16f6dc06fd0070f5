--== constructors of every kind
local t = { 1, 2, x = "x", [10] = "ten", ["y z"] = 5, 3; 4, } print(#t, t[4], t.x, t[10], t["y z"])
--== a constructor's later fields win
local t = { [1] = "a", "b" } print(t[1]) local u = { x = 1, x = 2 } print(u.x) local v = { "a", [1] = "c" } print(v[1])
--== nil values in a constructor
print(#{ 1, 2, nil }, #{ nil }, #{ nil, 2 }, #{ 1, nil, 3 }, #{ nil, nil, 3 }, #{ n = 1 }, #{ 1, nil }, #{ nil, 2, nil })
--== nil as a key in a constructor
local t = { [nil] = 1 }
--== NaN as a key in a constructor
local t = { [0/0] = 1 }
--== nil and NaN as keys
local t = {} print(t[nil], t[0/0]) print(pcall(function() t[nil] = 1 end)) print(pcall(function() t[0/0] = 1 end)) print(pcall(rawset, t, nil, 1)) print(pcall(rawset, t, 0/0, 1)) print(pcall(function() t[nil] = nil end))
--== numbers that are equal are the same key
local t = {} t[1] = "a" t[1.0] = "b" t["1"] = "c" t[2^53] = "d" t[-0] = "zero" print(t[1], t["1"], t[2^53], t[0], t[-0]) t[0.5] = 1 t[-1] = 2 print(t[0.5], t[-1], t[1/2])
--== booleans, functions and tables as keys
local k, t = {}, {} t[true] = 1 t[false] = 2 t[k] = 3 t[print] = 4 print(t[true], t[false], t[k], t[{}], t[print])
--== the length of an array that grows and shrinks
local t = {} for i = 1, 10 do t[i] = i end print(#t) t[10] = nil print(#t) t[#t] = nil print(#t) t[#t + 1] = "x" print(#t, t[9]) for i = #t, 1, -1 do t[i] = nil end print(#t)
--== the length of an array filled backwards
local t = {} for i = 10, 1, -1 do t[i] = i end print(#t) t[11] = 11 print(#t)
--== the length of an array filled through its length
local t = {} for i = 1, 100 do t[#t + 1] = i end print(#t, t[100]) local u = { n = 0 } for i = 1, 100 do u.n = u.n + 1 u[u.n] = i end print(#u)
--== zero, negative and fractional keys are not counted
local t = { [0] = 0, [-1] = -1, [1.5] = 1.5 } print(#t) t[1] = 1 print(#t)
--== values of false are counted
print(#{ false, false }, ({ false })[1])
--== table.insert at the end and in places
local t = { 1, 2, 3 } table.insert(t, 4) table.insert(t, 1, 0) table.insert(t, 3, "m") print(table.concat(t, " ")) table.insert(t, #t + 1, "e") print(table.concat(t, " "))
--== table.insert out of place
local t = { 1, 2 } table.insert(t, 5, "five") print(#t, t[5]) table.insert(t, 0, "zero") print(t[0], t[1]) table.insert(t, -3, "neg") print(t[-3])
--== table.insert with wrong counts of arguments
print(pcall(table.insert, {})) print(pcall(table.insert, {}, 1, 2, 3)) print(pcall(table.insert)) print(pcall(table.insert, 5, 1)) print(pcall(table.insert, {}, "x", 1)) print(pcall(table.insert, {}, nil, 1)) local t = {} table.insert(t, nil) print(#t)
--== table.remove from the end and from places
local t = { 1, 2, 3, 4, 5 } print(table.remove(t), table.remove(t, 1), table.remove(t, 2), table.concat(t, " ")) print(table.remove({}), table.remove({}, 1), table.remove({ 1 }, 5), table.remove({ 1 }, 0)) print(select("#", table.remove({})))
--== table.remove one behind the end
local t = { 1, 2, 3, [4] = nil } print(table.remove(t, 4), #t) print(table.remove(t, -1), #t)
--== table.concat of parts
local t = { 1, "b", 2.5, "d" } print(table.concat(t), table.concat(t, ","), table.concat(t, ",", 2), table.concat(t, ",", 2, 3), table.concat(t, ",", 3, 2), table.concat({}), table.concat({}, ","), table.concat({ "x" }, ","), table.concat(t, 0))
--== table.concat of what is not text
print(pcall(table.concat, { 1, {}, 3 })) print(pcall(table.concat, { 1, nil, 3 }, ",", 1, 3)) print(pcall(table.concat, { true })) print(pcall(table.concat, {}, ",", 1, 2)) print(pcall(table.concat, { 1, 2 }, {}))
--== table.maxn
print(table.maxn {}, table.maxn { 1, 2, 3 }, table.maxn { [10] = 1, [2.5] = 2 }, table.maxn { x = 1, [-5] = 1 }, table.maxn { [1e10] = true }, table.maxn { 1, nil, 3 })
--== table.getn, setn and foreach
print(table.getn { 1, 2 }, pcall(table.setn, {}, 1)) table.foreach({ 10, 20 }, print) table.foreachi({ 10, 20, x = 1 }, print) print(table.foreach({ 1, 2, 3 }, function(k, v) if v == 2 then return "found", k end end)) print(table.foreachi({ 1, 2, 3 }, function(i, v) return i == 3 and v or nil end))
--== table.sort of numbers and strings
local t = { 5, 2, 8, 1, 9, 3, 7, 4, 6, 0 } table.sort(t) print(table.concat(t, " ")) table.sort(t, function(a, b) return a > b end) print(table.concat(t, " ")) local s = { "pear", "apple", "fig", "Zoo", "" } table.sort(s) print(table.concat(s, ","))
--== table.sort of few and equal elements
for _, t in ipairs { {}, { 1 }, { 2, 1 }, { 1, 1 }, { 3, 1, 2 }, { 1, 1, 1, 1, 1 }, { 2, 1, 2, 1, 2, 1 } } do table.sort(t) print(table.concat(t, " ")) end
--== table.sort of many
local t, x = {}, 42 for i = 1, 500 do x = (x * 16807) % 2147483647 t[i] = x % 1000 end table.sort(t) local ok = true for i = 2, #t do ok = ok and t[i - 1] <= t[i] end print(ok, t[1], t[250], t[500]) table.sort(t, function(a, b) return a % 10 < b % 10 end) local s = {} for i = 1, #t do s[i] = t[i] % 10 end print(table.concat(s):sub(1, 60))
--== table.sort exchanges elements in a certain order
local log = {} local t = { 5, 3, 9, 1, 7 } table.sort(t, function(a, b) log[#log + 1] = a .. "<" .. b return a < b end) print(table.concat(log, " "))
--== table.sort compares in a certain order among many
local log, t = {}, { 3, 8, 1, 9, 4, 7, 2, 6, 5, 10, 12, 11 } table.sort(t, function(a, b) log[#log + 1] = a .. ":" .. b return a < b end) print(table.concat(log, " "))
--== table.sort is not stable in a certain way
local t = {} for i = 1, 12 do t[i] = { k = i % 3, n = i } end table.sort(t, function(a, b) return a.k < b.k end) local s = {} for i, v in ipairs(t) do s[i] = v.k .. "." .. v.n end print(table.concat(s, " "))
--== table.sort of mixed kinds fails
print(pcall(table.sort, { 1, "x", 2 })) print(pcall(table.sort, { {}, {} })) print(pcall(table.sort, { 1, 2, nil, 4 }, nil)) print(pcall(table.sort, { true, false }))
--== table.sort with an invalid order function
print(pcall(table.sort, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, function() return true end)) print(pcall(table.sort, { 3, 2, 1 }, function() return true end))
--== table.sort with an order function that always says no
local t = { 3, 1, 2, 5, 4 } table.sort(t, function() return false end) print(table.concat(t, " "))
--== table.sort with an order function that fails
print(pcall(table.sort, { 3, 2, 1 }, function(a, b) error("order") end)) print(pcall(table.sort, { 3, 2, 1 }, function(a, b) error({}) end)) print(pcall(table.sort, { 1, 2 }, 5)) print(pcall(table.sort, { 1, 2 }, {}))
--== table.sort cannot be yielded across
print(coroutine.resume(coroutine.create(function() table.sort({ 1, 2 }, function() coroutine.yield() end) end)))
--== table.sort uses __lt
local m = { __lt = function(a, b) return a.v < b.v end } local t = {} for i, v in ipairs { 3, 1, 2 } do t[i] = setmetatable({ v = v }, m) end table.sort(t) print(t[1].v, t[2].v, t[3].v)
--== next walks and ends
print(next({})) print(next({ 5 })) print(next({ 5 }, 1)) print(next({ x = 1 })) print(type(next), rawequal(next, next)) print(pcall(next, {}, "missing")) print(pcall(next, {}, 1)) print(pcall(next, { 1, 2 }, 3))
--== clearing fields while walking
local t = {} for i = 1, 20 do t[i] = i t["k" .. i] = i end local n = 0 for k in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t))
--== changing fields while walking
local t = { a = 1, b = 2, c = 3, 4, 5 } for k, v in pairs(t) do t[k] = v * 10 end print(t.a, t.b, t.c, t[1], t[2])
--== clearing other fields while walking
local t = {} for i = 1, 10 do t["k" .. i] = true end local n = 0 for k in pairs(t) do n = n + 1 for i = 1, 10 do t["k" .. i] = nil end end print(n)
--== filling a table again after clearing it
local t = {} for r = 1, 5 do for i = 1, 50 do t["k" .. i] = i end for i = 1, 50 do t["k" .. i] = nil end end print(next(t)) t.x = 1 print(next(t))
--== pairs returns next, the table and nil
local f, s, c = pairs({}) print(f == next, type(s), c) local f, s, c = ipairs({}) print(type(f), type(s), c)
--== pairs and ipairs of what is no table
print(pcall(pairs)) print(pcall(pairs, nil)) print(pcall(ipairs, "x")) print(pcall(ipairs)) print(pcall(next, 5)) print(pcall(function() for k in pairs(nil) do end end)) print(pcall(function() local t for k in ipairs(t) do end end))
--== ipairs does not use __index
local t = setmetatable({ 1 }, { __index = function(_, i) if i < 4 then return i end end }) for i, v in ipairs(t) do print(i, v) end
--== rawget, rawset and rawequal pass metatables by
local t = setmetatable({}, { __index = function() return "indexed" end, __newindex = function() end, __eq = function() return true end }) t.x = 1 print(t.x, rawget(t, "x")) rawset(t, "x", 2) print(t.x, rawequal(t, {}), t == setmetatable({}, getmetatable(t)), rawset(t, 1, 2) == t)
--== rawget and the others check their arguments
print(pcall(rawget, 5, 1)) print(pcall(rawget, {})) print(pcall(rawset, {}, 1)) print(pcall(rawset, {})) print(pcall(rawequal, 1)) print(pcall(rawset, "x", 1, 1))
--== arrays with a sparse tail
local t = { 1, 2, 3 } t[100] = 100 print(#t, t[100], table.maxn(t)) t[4] = 4 print(#t)
--== matrices
local m = {} for i = 1, 3 do m[i] = {} for j = 1, 3 do m[i][j] = i * j end end print(m[2][3], m[3][3], #m, #m[1])
--== a queue moves its window
local q, first, last = {}, 1, 0 for i = 1, 100 do last = last + 1 q[last] = i if i % 2 == 0 then q[first] = nil first = first + 1 end end print(first, last, q[first], q[last], q[first - 1])
--== linked lists
local list for i = 1, 5 do list = { next = list, value = i } end local s = {} while list do s[#s + 1] = list.value list = list.next end print(table.concat(s, " "))
--== tables with themselves inside
local t = {} t.t = t t[t] = t print(t.t.t.t == t, t[t] == t)
--== large integers as keys
local t = {} for _, k in ipairs { 2^31, 2^32, 2^40, 2^53, -2^31, 1e15 } do t[k] = k end print(t[2^31], t[2^32], t[2^40], t[2^53], t[-2^31], t[1e15], #t)
--== many string keys
local t = {} for i = 1, 2000 do t["key" .. i] = i end local s, n = 0, 0 for k, v in pairs(t) do s = s + v n = n + 1 end print(s, n, t.key1999) for i = 1, 2000, 2 do t["key" .. i] = nil end n = 0 for _ in pairs(t) do n = n + 1 end print(n)
--== table functions use raw access
local t = setmetatable({ 1, 2 }, { __index = function() return 9 end, __newindex = function() error("no") end }) table.insert(t, 3) print(#t, rawget(t, 3)) print(table.concat(t, ",")) print(table.remove(t))
--== __len of tables is not used
print(#setmetatable({ 1, 2 }, { __len = function() return 10 end })) local u = newproxy(true) getmetatable(u).__len = function() return 10 end print(#u)
--== unpack ignores metatables
print(unpack(setmetatable({ 1, nil, 3 }, { __index = function() return "x" end }), 1, 3))
--== next in an array with holes
local t = { 1, nil, 3, nil, 5 } local n = 0 for k, v in pairs(t) do n = n + v end print(n)
--== deep tables
local t = {} local u = t for i = 1, 1000 do u.n = {} u = u.n end u.v = "deep" local n = 0 u = t while u.n do u = u.n n = n + 1 end print(n, u.v)
--== table.insert and remove as a stack and queue
local t = {} for i = 1, 10 do table.insert(t, i) end local s = {} while #t > 0 do s[#s + 1] = table.remove(t, 1) s[#s + 1] = table.remove(t) end print(table.concat(s, " "))
--== a new field counts the elements anew
local t = {1, 2, 3} t.a = 1 t[2] = nil print(#t) t = {3, 1, 0} t[3] = nil t.a = 1 t[2] = nil t[3] = 0 print(#t) t = {1, 2, 3, 4, 5} t.x = 1 t[5] = nil t[3] = nil print(#t) t[6] = 6 print(#t) t = {1, 2, 3, 4, 5, 6, 7} t.a = 1 t[4] = nil print(#t) t[8] = 8 print(#t) t.b = 2 t[7] = nil t.c = 3 print(#t)
