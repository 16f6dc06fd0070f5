--== integers print without a point
print(0, 1, -1, 100, 1e3, 2^10, 1e14, 123456789012345, 2^31, -2^31, 2^53)
--== large numbers print with an exponent
print(1e15, 1e16, 1e100, 123456789012345678, 2^63, 2^64, -1e15, -1e20, 1.5e300)
--== fractions print with 14 digits
print(0.1, 1/3, 2/3, 0.1 + 0.2, 1e-5, 0.0001, 123.456, 1e-300, 3.14159265358979, 100/7, 1e15/7)
--== infinities and zeros print
print(1/0, -1/0, 0, -0, 0 * -1, 1/(-1/0)) print(tostring(0/0):gsub("-", "")) print(-(0/0) ~= -(0/0))
--== minus zero
local z = -0 print(z, 0 == -0, 1/z) local m = 0 * -1 print(m, 1/m, -m, 1/-m) print(math.floor(-0.5), 1/math.floor(-0.5), math.max(-0, 0), math.abs(-0)) print(-0 + 0, ("%d %g %.1f"):format(m, m, m))
--== the constants 0 and -0 in one function
local a, b = 0, -0 print(a, b) local t = { 0, -0, 0.0 } print(t[1], t[2], t[3]) print((function() return -0 end)(), (function() return 0 end)())
--== NaN is not equal to itself
local n = 0/0 print(n == n, n ~= n, n < n, n > n, n <= 1, n >= 1, not (n < 1)) local t = {} print(pcall(function() t[n] = 1 end)) print(t[n])
--== modulo takes the sign of the divisor
print(5 % 3, -5 % 3, 5 % -3, -5 % -3, 5.5 % 2, -5.5 % 2, 5 % 1.5, 0 % 5, -0 % 5, 1e15 % 3, 3 % (1/0), -3 % (1/0), 3 % -(1/0), (5 % 0) ~= (5 % 0), 1/0 % 2 ~= 1/0 % 2)
--== powers
print(2 ^ 0.5, 2 ^ -1, 0 ^ 0, (-2) ^ 3, (-2) ^ 2, 2 ^ 1023, 2 ^ 1024, 2 ^ -1074, 2 ^ -1075, (1/0) ^ 0, 1 ^ (1/0), 0 ^ -1, (-8) ^ (1/3) ~= (-8) ^ (1/3))
--== powers of constants have the digits that powers of variables have
print(("%.17g %.17g %.17g %.17g"):format(5 ^ 29, 10 ^ -20, 10 ^ -207, 7 ^ -33)) local a, b = 5, 29 print(a ^ b == 5 ^ 29, a ^ -b == 5 ^ -29)
--== division by zero
print(1/0, -1/0, 0/0 ~= 0/0, 1/-0, 5 % 0 ~= 5 % 0)
--== comparison of numbers
print(1 < 2, 1 <= 1, 2 > 1, 1 >= 2, 1 == 1.0, -0 == 0, 1/0 == 1/0, -1/0 < 1/0, 0.1 + 0.2 == 0.3, 2^53 == 2^53 + 1)
--== overflow goes to infinity
local x = 1 for i = 1, 1100 do x = x * 2 end print(x, -x, x - x ~= x - x, 1e308 * 10, -1e308 * 10, 1e308 + 1e308)
--== underflow goes to zero
local x = 1 for i = 1, 1100 do x = x / 2 end print(x, 5e-324, 5e-324 / 2, 1e-323)
--== math.floor and ceil
print(math.floor(1.5), math.floor(-1.5), math.ceil(1.5), math.ceil(-1.5), math.floor(1e300) == 1e300, math.ceil(-0.5), math.floor(2^53), math.floor("2.7"))
--== math.fmod, modf, frexp, ldexp
print(math.fmod(5, 3), math.fmod(-5, 3), math.fmod(5, -3), math.fmod(5.5, 2), math.fmod(1, 0) ~= math.fmod(1, 0)) print(math.modf(3.7)) print(math.modf(-3.7)) print(math.modf(5)) print(math.modf(1/0)) print(math.modf(-1/0)) print(math.frexp(8)) print(math.frexp(0)) print(math.frexp(0.3)) print(math.frexp(-5)) print(math.ldexp(0.5, 4), math.ldexp(1, -1074), math.ldexp(1, 1024), math.ldexp(3, 2.9))
--== math.max and min
print(math.max(1, 2, 3), math.min(3, 1, 2), math.max(5), math.min("3", 2), math.max(-1/0, 1/0)) print(pcall(math.max)) print(pcall(math.min, "x")) print(pcall(math.max, 1, nil))
--== math.abs, sqrt, pow
print(math.abs(-5), math.abs(5.5), math.sqrt(16), math.sqrt(2), math.pow(2, 10), math.abs(-1/0), math.sqrt(-1) ~= math.sqrt(-1))
--== math.pi and huge
print(math.pi, math.huge, -math.huge, math.huge == 1/0)
--== trigonometry
print(("%.10f %.10f %.10f"):format(math.sin(1), math.cos(1), math.tan(1))) print(("%.10f %.10f %.10f %.10f"):format(math.asin(0.5), math.acos(0.5), math.atan(0.5), math.atan2(1, -1))) print(("%.10f %.10f %.10f"):format(math.sinh(1), math.cosh(1), math.tanh(1))) print(math.deg(math.pi), math.rad(180), math.atan2(0, -1), math.atan2(0, 1))
--== logarithms and exponents
print(("%.10f %.10f %.10f"):format(math.log(10), math.log10(2), math.exp(1)), math.log(0), math.log(1), math.log10(1000), math.exp(0), math.exp(1000), math.exp(-1000))
--== math.random within its range
for i = 1, 200 do local a, b, c = math.random(), math.random(10), math.random(-5, 5) assert(a >= 0 and a < 1) assert(b >= 1 and b <= 10 and b % 1 == 0) assert(c >= -5 and c <= 5) end print("ok") print(pcall(math.random, 0)) print(pcall(math.random, 2, 1)) print(pcall(math.random, 1, 2, 3)) print(math.random(1), math.random(3, 3))
--== math.mod is the old name
print(math.mod == nil or math.mod(5, 3))
--== hexadecimal numbers
print(0x0, 0xa, 0XFF, 0xffffffff, 0x7fffffff + 1, 0x10 + 1, 0xabcdef)
--== numbers with an exponent
print(1e0, 1E2, 1e+2, 1e-2, .5e1, 5.e1, 0e5, 1e05)
--== numbers run into dots and names
print(select(2, loadstring("return 1..2", "=n"))) print(select(2, loadstring("return 3x", "=n"))) print(select(2, loadstring("return 0xg", "=n"))) print(select(2, loadstring("return 1.2.3", "=n"))) print(loadstring("return 1 ..2", "=n")()) print(select(2, loadstring("return 1e", "=n"))) print(select(2, loadstring("return 0x", "=n"))) print(select(2, loadstring("return 1e+", "=n")))
--== fractional steps accumulate
local n, last = 0 for i = 0, 1, 0.1 do n = n + 1 last = i end print(n, last) n = 0 for i = 1, 0, -0.25 do n = n + 1 end print(n) for i = 1, 2, 0.5 do print(i) end
--== loops at the limits of integers
local n = 0 for i = 2^53 - 2, 2^53 do n = n + 1 if n > 8 then break end end print(n) n = 0 for i = -3, 3 do n = n + i end print(n) for i = 3, 1 do print("no") end for i = 1, 0.5 do print("no") end
--== a loop with step zero does not end or begin
local n = 0 for i = 1, 3, 0 do n = n + 1 if n == 5 then break end end print(n) for i = 3, 1, 0 do print("never?") break end
--== a loop with infinite limits
local n = 0 for i = 1, math.huge do n = n + 1 if n == 10 then break end end print(n) for i = 1, -math.huge do print("no") end for i = -math.huge, 0 do n = n + 1 if n > 12 then break end end print(n)
--== a loop with NaN
for i = 0/0, 1 do print("no") end for i = 1, 0/0 do print("no") end for i = 1, 2, 0/0 do print("no") end print("done")
--== string to number and back
for _, n in ipairs { 1, 1.5, 1e15, 1e-7, 123456.789, 2^53, 1/3 } do print(tostring(n), tonumber(tostring(n)) == n, n .. "" == tostring(n)) end
--== sums of many fractions
local s = 0 for i = 1, 1000 do s = s + 0.1 end print(s, s == 100) local h = 0 for i = 1, 100 do h = h + 1 / i end print(h)
--== integer arithmetic at the edge of doubles
print(2^53 - 1, 2^53 + 1, 2^53 * 2, 9007199254740993, 0xfffffffffffff, 9007199254740991 + 1 == 9007199254740992)
--== fibonacci, factorials and primes
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end print(fib(20)) local function fact(n) return n == 0 and 1 or n * fact(n - 1) end print(fact(10), fact(20), fact(25), fact(170), fact(171)) local p = {} for i = 2, 60 do local prime = true for j = 2, math.sqrt(i) do if i % j == 0 then prime = false break end end if prime then p[#p + 1] = i end end print(table.concat(p, " "))
--== greatest common divisors
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end print(gcd(48, 36), gcd(17, 5), gcd(0, 5), gcd(1e15, 1e10))
--== a generator of random numbers by hand
local x = 12345 local t = {} for i = 1, 10 do x = (1103515245 * x + 12345) % 2147483648 t[i] = x end print(table.concat(t, " "))
--== bits by arithmetic
local function band(a, b) local r, p = 0, 1 while a > 0 and b > 0 do if a % 2 == 1 and b % 2 == 1 then r = r + p end a, b, p = math.floor(a / 2), math.floor(b / 2), p * 2 end return r end print(band(12, 10), band(255, 170), band(2^31, 2^31))
--== conversions to other bases
local function base(n, b) local s = "" repeat local d = n % b s = ("0123456789abcdef"):sub(d + 1, d + 1) .. s n = (n - d) / b until n == 0 return s end print(base(255, 2), base(255, 16), base(0, 10), base(123456, 8))
--== zeros of a function are the one that PUC makes a constant of first
if -0 then print(0) end print((function() return -0, 0 end)()) print((function(x) return -0 * (x ^ 0), 0 end)(2)) print((function() return (-0 and 0), 0 end)()) print((function() local a = -0 or 1 return 0 end)()) print((function() while -0 do return 0 end end)()) print((function() return not -0, 0 end)())
