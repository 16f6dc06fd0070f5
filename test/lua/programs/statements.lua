--== an empty program does nothing
--== a comment alone does nothing
-- nothing
--== a long comment may hold brackets
--[==[ ]] ]=] ]==] print("after")
--== a comment that looks long but is not ends with its line
--[=x print("no")
print("yes")
--== a first line with # is source for loadstring
# print(1)
--== semicolons end statements
local a = 1; local b = 2; print(a, b);
--== a lone semicolon is a mistake
;
--== two semicolons are a mistake
print(1);; print(2)
--== if takes the first branch that holds
for _, v in ipairs { 1, 2, 3, 4 } do
  if v == 1 then print("one") elseif v == 2 then print("two") elseif v == 3 then print("three") else print("other") end
end
--== only nil and false are false
for _, v in ipairs { 0, "", {}, print, 0/0 } do if v then io = 1 else print("false?", v) end end
if nil then print("nil") elseif false then print("false") else print("neither") end
--== nested ifs belong to the nearest
local function f(a, b) if a then if b then return "both" end else return "not a" end return "a only" end
print(f(true, true), f(true), f(false), f(nil, true))
--== while runs until its condition is false
local i = 0 while i < 5 do i = i + 1 if i == 3 then break end end print(i)
--== while with a false condition does not run
while false do print("no") end while nil do print("no") end print("done")
--== repeat runs once at least and sees the locals of its body
local n = 0 repeat local stop = n >= 3 n = n + 1 until stop print(n)
--== repeat with a closure over its local in the condition
local n, fs = 0, {} repeat local x = n fs[#fs + 1] = function() x = x + 1 return x end n = n + 1 until (function() return x == 3 end)()
for _, f in ipairs(fs) do print(f(), f()) end
--== break leaves the innermost loop only
for i = 1, 3 do for j = 1, 3 do if j == 2 then break end print(i, j) end end
--== break inside repeat with a local in the condition
local i = 0 repeat local j = i i = i + 1 if i > 4 then break end until j > 100 print(i)
--== break must end its block
while true do break print(1) end
--== break outside a loop is a mistake
break
--== break in a function in a loop is a mistake
while true do local function f() break end end
--== return must end its block
return 1 print(2)
--== return in do blocks may stand anywhere
local function f() do return 1 end return 2 end print(f())
--== return without values returns nothing
local function f() return end print(select("#", f())) print((f()))
--== return with a semicolon
local function f() return 1, 2; end print(f())
--== what the program returns is not printed
return 5
--== do opens a scope
local x = 1 do local x = 2 print(x) end print(x)
--== a local shadows another of the same scope
local x = 1 local f = function() return x end local x = 2 print(x, f())
--== a local is not visible in its own value
local x = x print(x) local y = 1 local y = y + 1 print(y)
--== a local function sees itself, a local holding a function does not
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end print(fact(10))
local g = function(n) return n == 0 and "end" or g(n - 1) end print(pcall(g, 2))
--== locals without values are nil
local a, b, c = 1 print(a, b, c) local d, e = nil print(d, e)
--== surplus values of a local are evaluated and dropped
local function f(x) print("f", x) return x end local a = f(1), f(2) print(a)
--== multiple assignment evaluates all before it assigns
local a, b = 1, 2 a, b = b, a print(a, b)
--== multiple assignment of the same variable
local a a, a = 1, 2 print(a)
--== multiple assignment with an index that changes
local i, t = 1, { 10, 20, 30 } i, t[i] = i + 1, 99 print(i, t[1], t[2])
--== multiple assignment to a table that is replaced
local t = { 1 } local u = t t, t[1] = { 5 }, 7 print(t[1], u[1])
--== multiple assignment with table and key swapped
local a, i = {}, 3 i, a[i], a, i = 1, 2, { 9 }, 4 print(i, a[1])
--== multiple assignment to a global and to a field of it
g = { 1 } local old = g g[1], g = "one", { "two" } print(old[1], g[1]) g = 5 print(pcall(function() g.x, g = 1, {} end)) g = {} print(pcall(function() g.x, g = 1 end), g)
--== multiple assignment to a field and to a field of it
local t = { u = {} } local old = t.u t.u.v, t.u = 1, 2 print(old.v, t.u) local i = "a" local k = { i = "x" } t[k.i], k.i = "first", "y" print(t.x, t.y)
--== multiple assignment spreads the last call
local function f() return 1, 2, 3 end local a, b, c, d = 0, f() print(a, b, c, d) a, b, c = f(), 10 print(a, b, c)
--== a call in parentheses is one value
local function f() return 1, 2, 3 end print((f())) print(f(), (f())) print(#{ f(), f() }, #{ f(), (f()) })
--== indexing a constructor needs parentheses
print(({ 4, 5 })[2]) print(#({ 1, 2, 3 })) print(("x"):rep(3))
--== order of evaluation in an assignment to fields
local log = {} local function at(n) log[#log + 1] = n return {} end local function v(n) log[#log + 1] = n return n end
at("t1")[v("k1")], at("t2")[v("k2")] = v("v1"), v("v2") print(table.concat(log, " "))
--== order of evaluation of operands
local log = {} local function v(n) log[#log + 1] = n return n end
local x = v(1) + v(2) * v(3) - v(4) ^ v(5) print(x, table.concat(log, " "))
--== order of evaluation in arguments and constructors
local log = {} local function v(n) log[#log + 1] = n return n end
local t = { v(1), [v(2)] = v(3), x = v(4), v(5) } print(v(6), v(7), table.concat(log, " "))
--== a local operand is read late
local a = 1 local function change() a = 10 return 1 end print(a + change()) a = 1 print(a .. change()) a = 1 print(change() + a)
--== a local operand that is not captured before a call
local t = { 1 } local function f() t[1] = 5 return 1 end print(t[1] + f()) print(t[1] - f(), f() - t[1])
--== a global operand is read in order
a = 1 function change() a = 10 return 1 end print(a + change()) a = 1 print(change() + a)
--== a local in a list is read late
local a = 1 local function f() a = 2 return 3 end print(a, f()) local t = { a, (function() a = 7 return a end)() } print(t[1], t[2], a)
--== comparison operands in order
local log = {} local function v(n) log[#log + 1] = n return n end
print(v(1) < v(2), v(3) > v(4), v(5) >= v(6), v(7) <= v(8), v(9) == v(10), table.concat(log, " "))
--== and and or stop early
local function t(x) print("t", x) return x end
print(t(nil) and t(1)) print(t(1) and t(2)) print(t(1) or t(2)) print(t(false) or t(nil)) print(t(1) and t(nil) or t(3))
--== not makes a boolean
print(not nil, not false, not 0, not "", not not nil, not not 1)
--== precedence of arithmetic
print(1 + 2 * 3 - 4 / 2, 2 ^ 3 ^ 2, -2 ^ 2, 2 ^ -1, 7 % 3 * 2, (1 + 2) * 3, 1 - 2 - 3, 100 / 10 / 2, -3 % 5, -(3 % 5))
--== precedence of not, comparison and logic
print(not 1 == 2, not (1 == 2), 1 < 2 == true, "a" .. "b" == "ab", 1 .. 2 == "12", true or false and false, (true or false) and false)
--== concatenation is right associative and takes numbers
print(1 .. 2 .. 3, "a" .. 1 + 2 .. "b", 2 ^ 2 .. "", -1 .. "", 1.5 .. "|" .. 1e100)
--== concatenation of many values
local a, b, c, d = "a", 1, "c", 2.5 print(a .. b .. c .. d .. a .. b .. c .. d) print(("x" .. 1) .. (2 .. "y"))
--== concatenation in a chain calls the metamethod of the pair at the right
local m = {} local function o(n) return setmetatable({ n = n }, m) end
m.__concat = function(a, b) local x = type(a) == "table" and a.n or a local y = type(b) == "table" and b.n or b return "(" .. x .. y .. ")" end
print("a" .. "b" .. o "c" .. "d" .. "e") print(o "a" .. o "b" .. o "c") print(1 .. o "x") print(o "x" .. 1 .. 2)
--== comparison chains are mistakes of types
print(pcall(function() return 1 < 2 < 3 end))
--== numeric for counts in its own variable
for i = 1, 3 do local j = i i = i * 10 print(i, j) end
--== numeric for evaluates its range once
local n = 3 for i = 1, n do n = 10 io = i end print(io, n)
--== generic for calls until nil
local function count(s, i) if i < s then return i + 1, i * 2 end end for i, d in count, 3, 0 do print(i, d) end
--== generic for with more variables than values
for a, b, c in function(s, i) if not i then return 1 end end do print(a, b, c) end
--== generic for with false as the control goes on
local n = 0 for x in function() n = n + 1 if n < 4 then return false end end do print(x) end print(n)
--== generic for keeps its state apart from the variable
local t = { "a", "b", "c" } for i, v in ipairs(t) do print(i, v) i = 100 end
--== generic for with a callable table
local c = setmetatable({}, { __call = function(self, s, i) i = (i or 0) + 1 if i < 4 then return i end end }) for i in c do print(i) end
--== generic for over what cannot be called
for i in 5 do end
--== generic for over nil
local t = {} for i in t.x do end
--== generic for over a table
for k, v in {} do end
--== ipairs stops at the first nil
for i, v in ipairs { 1, 2, nil, 4 } do print(i, v) end
--== pairs visits the array part in order
for k, v in pairs { 10, 20, 30 } do print(k, v) end
--== closures in loops have their own variables
local f = {} for i = 1, 3 do f[i] = function(d) i = i + (d or 0) return i end end print(f[1](5), f[2](), f[3](1), f[1](), f[3]())
--== closures in while loops have their own locals
local f, i = {}, 1 while i <= 3 do local j = i f[i] = function() j = j + 1 return j end i = i + 1 end print(f[1](), f[1](), f[2](), f[3]())
--== closures over generic loop variables
local f = {} for k, v in ipairs { "a", "b" } do f[k] = function() v = v .. k return v end end print(f[1](), f[1](), f[2]())
--== a function with fields in its name
local a = { b = { c = {} } } function a.b.c.f(x) return x end function a.b.c:g(x) return self == a.b.c, x end print(a.b.c.f(1), a.b.c:g(2))
--== a function definition in a missing table
function a.b.c() end
--== a method definition on nil names the global
function nothing:m() end
--== calls without parentheses
local function f(x) return type(x), x == "s" and x or "t" end print(f"s") print(f's') print(f[[s]]) print(f{}) local o = { m = function(self, x) return x end } print(o:m"x", o:m{ 1 }[1])
--== an ambiguous call over two lines is a mistake
local f = print
f
(1)
--== a call is a statement but a value is not
local x = 1 x
--== an expression is not a statement
1 + 2
--== a parenthesised call is not a statement
(print)(1) (print)(2)
--== a name in parentheses cannot be assigned
(x) = 1
--== a call cannot be assigned
f() = 1
--== goto is a name in this version
local goto = 5 print(goto) goto = 6 print(goto)
--== labels are mistakes
::top::
--== integer division is a mistake
print(5 // 2)
--== bit operators are mistakes
print(5 & 2)
--== tilde alone is a mistake
print(~5)
--== a vararg outside a function of varargs is a mistake
function f() return ... end
--== the program itself takes varargs
print(select("#", ...)) local a = ... print(a)
--== a function of varargs has no arg without asking for it
local function f(...) return arg end print(f(1, 2))
--== comments between tokens
print --[[ a ]] ( --[=[ b ]=] 1 -- c
, 2) --[[ d ]]
--== everything on many lines
local
t
=
{
1
,
2
}
print(
t[1]
,
t[2]
)
--== keywords are not names
local end = 1
--== names may hold keywords
local ending, _end, iff, END = 1, 2, 3, 4 print(ending, _end, iff, END)
--== names may be underscores
local _, __, _1 = 1, 2, 3 print(_, __, _1)
--== deep nesting of blocks
do do do do do do do do local x = 1 do do print(x) end end end end end end end end end end
--== deep nesting of functions
print((function() return (function() return (function() return "deep" end)() end)() end)())
--== long chains of elseif
local function f(x) if x == 1 then return "a" elseif x == 2 then return "b" elseif x == 3 then return "c" elseif x == 4 then return "d" elseif x == 5 then return "e" end end print(f(1), f(3), f(5), f(6))
