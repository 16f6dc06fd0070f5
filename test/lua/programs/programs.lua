--== the eight queens
local N, count = 6, 0 local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end local function add(a, n) if n > N then count = count + 1 if count == 1 then print(table.concat(a, " ")) end else for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1) end end end end add({}, 1) print(count)
--== the towers of Hanoi
local moves = {} local function hanoi(n, a, b, c) if n > 0 then hanoi(n - 1, a, c, b) moves[#moves + 1] = a .. c hanoi(n - 1, b, a, c) end end hanoi(4, "A", "B", "C") print(#moves, table.concat(moves, " "))
--== counting words
local text, counts, order = "the cat and the dog and the bird", {}, {} for w in text:gmatch("%a+") do if not counts[w] then counts[w] = 0 order[#order + 1] = w end counts[w] = counts[w] + 1 end table.sort(order, function(a, b) if counts[a] ~= counts[b] then return counts[a] > counts[b] end return a < b end) for _, w in ipairs(order) do print(w, counts[w]) end
--== a calculator by recursive descent
local function calc(s) local pos = 1 local expr local function peek() return s:match("^%s*(.)", pos) end local function take(c) pos = s:find(c, pos, true) + 1 end local function atom() if peek() == "(" then take("(") local v = expr() take(")") return v elseif peek() == "-" then take("-") return -atom() end local a, b, n = s:find("^%s*(%d+%.?%d*)", pos) pos = b + 1 return tonumber(n) end local function term() local v = atom() while peek() == "*" or peek() == "/" do local o = peek() take(o) local w = atom() v = o == "*" and v * w or v / w end return v end function expr() local v = term() while peek() == "+" or peek() == "-" do local o = peek() take(o) local w = term() v = o == "+" and v + w or v - w end return v end return expr() end
print(calc("1 + 2 * 3"), calc("(1 + 2) * 3"), calc("-4 / 2 + 10"), calc("2 * (3 + (4 - 1)) / 3"))
--== run-length encoding
local function enc(s) return (s:gsub("(.)%1*", function(c) return c end)) end local function rle(s) local out, i = {}, 1 while i <= #s do local c = s:sub(i, i) local j = i while s:sub(j + 1, j + 1) == c do j = j + 1 end out[#out + 1] = c .. (j - i + 1) i = j + 1 end return table.concat(out) end print(rle("aaabbc"), rle("x"), rle("")) 
--== a binary tree
local function insert(t, v) if not t then return { v = v } end if v < t.v then t.l = insert(t.l, v) else t.r = insert(t.r, v) end return t end local function walk(t, f) if t then walk(t.l, f) f(t.v) walk(t.r, f) end end local function depth(t) return t and 1 + math.max(depth(t.l), depth(t.r)) or 0 end local t for _, v in ipairs { 5, 2, 8, 1, 9, 3 } do t = insert(t, v) end local s = {} walk(t, function(v) s[#s + 1] = v end) print(table.concat(s, " "), depth(t))
--== quicksort by hand
local function qs(t, lo, hi) lo, hi = lo or 1, hi or #t if lo < hi then local p, i = t[hi], lo - 1 for j = lo, hi - 1 do if t[j] <= p then i = i + 1 t[i], t[j] = t[j], t[i] end end t[i + 1], t[hi] = t[hi], t[i + 1] qs(t, lo, i) qs(t, i + 2, hi) end return t end print(table.concat(qs { 3, 6, 1, 8, 2, 9, 2 }, " "))
--== a heap
local function push(h, v) h[#h + 1] = v local i = #h while i > 1 do local p = math.floor(i / 2) if h[p] <= h[i] then break end h[p], h[i] = h[i], h[p] i = p end end local function pop(h) local top = h[1] h[1] = h[#h] h[#h] = nil local i = 1 while true do local c = i * 2 if c > #h then break end if c < #h and h[c + 1] < h[c] then c = c + 1 end if h[i] <= h[c] then break end h[i], h[c] = h[c], h[i] i = c end return top end local h = {} for _, v in ipairs { 5, 3, 8, 1, 9, 2 } do push(h, v) end local s = {} while #h > 0 do s[#s + 1] = pop(h) end print(table.concat(s, " "))
--== matrix multiplication
local function mul(a, b) local c = {} for i = 1, #a do c[i] = {} for j = 1, #b[1] do local s = 0 for k = 1, #b do s = s + a[i][k] * b[k][j] end c[i][j] = s end end return c end local m = mul({ { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } }) print(m[1][1], m[1][2], m[2][1], m[2][2])
--== the game of life
local function step(g) local n = {} for y = 1, #g do n[y] = {} for x = 1, #g[y] do local c = 0 for dy = -1, 1 do for dx = -1, 1 do if (dx ~= 0 or dy ~= 0) and g[y + dy] and g[y + dy][x + dx] == 1 then c = c + 1 end end end n[y][x] = (c == 3 or (c == 2 and g[y][x] == 1)) and 1 or 0 end end return n end local g = { { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 1, 1, 1, 0 }, { 0, 0, 0, 0 } } for i = 1, 3 do g = step(g) end for _, r in ipairs(g) do print(table.concat(r)) end
--== a serializer
local function ser(v, ind) ind = ind or "" if type(v) == "table" then local keys = {} for k in pairs(v) do keys[#keys + 1] = k end table.sort(keys, function(a, b) return tostring(a) < tostring(b) end) local out = {} for _, k in ipairs(keys) do out[#out + 1] = ind .. "  [" .. (type(k) == "string" and ("%q"):format(k) or tostring(k)) .. "] = " .. ser(v[k], ind .. "  ") end return "{\n" .. table.concat(out, ",\n") .. "\n" .. ind .. "}" end return type(v) == "string" and ("%q"):format(v) or tostring(v) end print(ser { 1, "two", { x = true, y = { 0.5 } } })
--== splitting and joining
local function split(s, sep) local out = {} for piece in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do out[#out + 1] = piece end return out end print(#split("a,b,,c", ","), table.concat(split("a.b.c", "."), "|"), table.concat(split("", ","), "|"), #split(",", ","))
--== trimming and padding
local function trim(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end local function pad(s, n) return s .. (" "):rep(n - #s) end print("[" .. trim("  a b  ") .. "]", "[" .. pad("x", 4) .. "]", "[" .. trim("   ") .. "]")
--== a template
local function fill(t, v) return (t:gsub("{(%w+)}", function(k) return tostring(v[k]) end)) end print(fill("Hello {name}, you are {age} and {x}", { name = "Ann", age = 5 }))
--== memoized fibonacci
local memo = {} local function fib(n) if n < 2 then return n end if memo[n] then return memo[n] end local v = fib(n - 1) + fib(n - 2) memo[n] = v return v end print(fib(50), fib(80))
--== currying and composing
local function curry(f, n) n = n or 2 if n < 2 then return f end return function(a) return n == 2 and function(b) return f(a, b) end or curry(function(...) return f(a, ...) end, n - 1) end end local function compose(...) local fs = { ... } return function(...) local r = { ... } for i = #fs, 1, -1 do r = { fs[i](unpack(r)) } end return unpack(r) end end print(curry(function(a, b) return a + b end)(1)(2), compose(function(x) return x + 1 end, function(x, y) return x * y end)(3, 4))
--== map, filter and fold
local function map(t, f) local r = {} for i, v in ipairs(t) do r[i] = f(v) end return r end local function filter(t, f) local r = {} for _, v in ipairs(t) do if f(v) then r[#r + 1] = v end end return r end local function fold(t, f, a) for _, v in ipairs(t) do a = f(a, v) end return a end local t = { 1, 2, 3, 4, 5, 6 } print(table.concat(map(filter(t, function(x) return x % 2 == 0 end), function(x) return x * x end), " "), fold(t, function(a, b) return a + b end, 0))
--== a bank account with closures
local function account(b) return { deposit = function(n) b = b + n return b end, withdraw = function(n) if n > b then error("insufficient funds", 2) end b = b - n return b end } end local a = account(100) print(a.deposit(50), a.withdraw(30)) print(pcall(function() a.withdraw(1000) end))
--== a state machine
local states = {} function states.start(s) if s == "" then return "end" end local c = s:sub(1, 1) if c:match("%d") then return states.digit(s:sub(2), c) end return states.start(s:sub(2)) end function states.digit(s, acc) local c = s:sub(1, 1) if c:match("%d") then return states.digit(s:sub(2), acc .. c) end print("number", acc) return states.start(s) end print(states.start("a12b345c"))
--== Caesar's cipher and its reverse
local function shift(s, n) return (s:gsub("%a", function(c) local b = c:lower() == c and 97 or 65 return string.char((c:byte() - b + n) % 26 + b) end)) end print(shift("Hello, World", 3), shift(shift("Hello, World", 3), -3))
--== an iterator over ranges
local function range(a, b, s) s = s or 1 return function(_, i) i = i + s if (s > 0 and i <= b) or (s < 0 and i >= b) then return i end end, nil, a - s end local t = {} for i in range(1, 10, 3) do t[#t + 1] = i end for i in range(5, 1, -2) do t[#t + 1] = i end print(table.concat(t, " "))
--== levenshtein distance
local function lev(a, b) local d = {} for i = 0, #a do d[i] = { [0] = i } end for j = 0, #b do d[0][j] = j end for i = 1, #a do for j = 1, #b do d[i][j] = math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a:byte(i) == b:byte(j) and 0 or 1)) end end return d[#a][#b] end print(lev("kitten", "sitting"), lev("", "abc"), lev("same", "same"))
--== a tiny interpreter
local function run(code) local stack, out = {}, {} for tok in code:gmatch("%S+") do local n = tonumber(tok) if n then stack[#stack + 1] = n else local b, a = table.remove(stack), table.remove(stack) if tok == "+" then stack[#stack + 1] = a + b elseif tok == "*" then stack[#stack + 1] = a * b elseif tok == "-" then stack[#stack + 1] = a - b else error("unknown " .. tok, 0) end end end return stack[#stack] end print(run("1 2 + 3 *"), pcall(run, "1 2 ?"), pcall(run, "+"))
--== a linked queue with methods
local Q = {} Q.__index = Q function Q.new() return setmetatable({ first = 0, last = -1 }, Q) end function Q:push(v) self.last = self.last + 1 self[self.last] = v end function Q:pop() if self.first > self.last then error("queue is empty") end local v = self[self.first] self[self.first] = nil self.first = self.first + 1 return v end local q = Q.new() q:push(1) q:push("b") print(q:pop(), q:pop()) print(pcall(q.pop, q)) print(pcall(Q.pop))
--== graph search
local g = { a = { "b", "c" }, b = { "d" }, c = { "d", "e" }, d = { "f" }, e = { "f" }, f = {} } local function bfs(s, t) local q, seen, from = { s }, { [s] = true }, {} while #q > 0 do local n = table.remove(q, 1) if n == t then local p = { n } while from[n] do n = from[n] table.insert(p, 1, n) end return table.concat(p, "-") end for _, m in ipairs(g[n]) do if not seen[m] then seen[m] = true from[m] = n q[#q + 1] = m end end end end print(bfs("a", "f"), bfs("f", "a"))
--== bubble sort of strings with swaps counted
local t, n = { "d", "a", "c", "b" }, 0 for i = 1, #t do for j = 1, #t - i do if t[j] > t[j + 1] then t[j], t[j + 1] = t[j + 1], t[j] n = n + 1 end end end print(table.concat(t), n)
--== a limiter in a sliding window
local function limiter(max, window) local hits = {} return function(now) local keep = {} for _, t in ipairs(hits) do if t > now - window then keep[#keep + 1] = t end end hits = keep if #hits < max then hits[#hits + 1] = now return true, max - #hits end return false, hits[1] + window - now end end local l = limiter(2, 10) print(l(0)) print(l(5)) print(l(6)) print(l(11))
--== parsing key and value lines
local conf = {} for line in ("# c\nname = respite\nport=6379\n\nbad line\nempty =\n"):gmatch("[^\n]*") do local k, v = line:match("^%s*([%w_]+)%s*=%s*(.-)%s*$") if k and not line:match("^#") then conf[k] = v end end print(conf.name, conf.port + 1, conf.empty == "", conf["bad line"])
--== numbers in words of bytes
local function u32(n) local s = "" for i = 1, 4 do s = s .. string.char(n % 256) n = math.floor(n / 256) end return s end local function read(s) local n = 0 for i = 4, 1, -1 do n = n * 256 + s:byte(i) end return n end print(read(u32(0)), read(u32(305419896)), read(u32(4294967295)), ("%q"):format(u32(65)) == '"A\\000\\000\\000"')
--== Adler's checksum
local function adler(s) local a, b = 1, 0 for i = 1, #s do a = (a + s:byte(i)) % 65521 b = (b + a) % 65521 end return b * 65536 + a end print(adler("Wikipedia"), adler(""), adler(("x"):rep(5000)))
--== ackermann
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) end return ack(m - 1, ack(m, n - 1)) end print(ack(2, 3), ack(1, 10))
--== a closure-based object with private state
local function stack() local s = {} return { push = function(...) for i = 1, select("#", ...) do s[#s + 1] = (select(i, ...)) end return #s end, pop = function(n) local r = {} for i = 1, n or 1 do r[i] = table.remove(s) end return unpack(r) end } end local s = stack() print(s.push(1, 2, 3), s.pop(2)) print(s.pop(), s.pop())
--== roman numerals
local function roman(n) local out = "" for _, p in ipairs { { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" }, { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" } } do while n >= p[1] do out = out .. p[2] n = n - p[1] end end return out end print(roman(1994), roman(2026), roman(4))
