--== escapes in quotes
print("a\nb\tc\\d\"e\'f\a\b\f\v" == 'a\nb\tc\\d"e\'f\a\b\f\v') print(("%q"):format("\a\b\f\n\r\t\v\\\"\'"))
--== decimal escapes
print("\65\066\0670" , #"\0\00\000", ("\255"):byte(), "\1\0012" == "\001\0012")
--== a decimal escape that is too large
print("\256")
--== an unknown escape is its character
print("\q\w\%\-\x41")
--== a line end in quotes after a backslash
print("one\
two")
--== a line end in quotes is a mistake
print("one
two")
--== a string without an end
print("abc
--== a string without an end at the end of the file
local x = "abc
--== long strings drop the first line end
print([[
first
second]]) print(#[[

]])
--== long strings of levels
print([==[ ]] ]=] ]==], [=[a]]b]=], [[a]=]b]])
--== long strings take no escapes
print([[\n\65]])
--== nested long brackets of the old kind
print(select(2, loadstring("return [[a[[b]]", "=n")))
--== a long string without an end
print([[abc
def
--== a long comment without an end
print(1) --[[ abc
--== a long bracket that is not one
print([=x])
--== line ends of every kind count once
print(loadstring("x = 1\r\ny = 2\n\rz = 3\rerror('here')", "=le") and select(2, pcall(loadstring("x = 1\r\ny = 2\n\rz = 3\rerror('here')", "=le"))))
--== line ends in long strings become newlines
print(("%q"):format(loadstring("return [[a\r\nb\n\rc\rd]]")()))
--== comparison of strings is by bytes
print("a" < "b", "a" < "A", "" < "a", "a" < "aa", "a\0b" < "a\0c", "Z" < "a", "10" < "9", "a" <= "a", "\255" > "a")
--== strings and numbers are not equal
print("10" == 10, 10 == "10", "" == 0, ({ ["1"] = "s", [1] = "n" })["1"])
--== the length of a string is its bytes
print(#"", #"abc", #"a\0b", #"\n", #"é" > 0)
--== coercion of strings in arithmetic
print("10" + 5, "3" * "4", "0x10" + 0, " 5 " + 1, "1e2" * 1, -"2", "10" / "4", "2" ^ "3", "7" % "4", - "-3")
--== strings that are no numbers
for _, s in ipairs { "abc", "", " ", "1x", "0x", "1e", "--1", "1 2", "0x1p4", "nan", "inf", "1_0" } do print(s, pcall(function() return s + 1 end)) end
--== numbers as strings in concatenation and functions
print(1 .. "", 1.5 .. "", -0 .. "", 1e15 .. "", 1e16 .. "", 2^53 .. "")
--== numbers as strings in library functions
print(string.len(12), string.rep(1, 3), string.upper(1.5), ("x"):rep("3"), string.sub(12345, 2, "3"))
--== string.sub with every kind of range
local s = "hello" for _, r in ipairs { { 1, 3 }, { 2 }, { -3 }, { -3, -2 }, { 0, 2 }, { 4, 10 }, { 5, 2 }, { -100, 2 }, { 2, -2 }, { 6 }, { 1, 0 }, { -1, -1 }, { 1.9, 2.9 } } do print(r[1], r[2], ("%q"):format(s:sub(unpack(r)))) end
--== string.byte with ranges
print(("abc"):byte(), ("abc"):byte(-1), ("abc"):byte(1, 3), ("abc"):byte(10), (""):byte()) print(("abc"):byte(0, 2)) print(("abc"):byte(2, 1)) print(select("#", ("abc"):byte(5, 6)))
--== string.char
print(string.char(), string.char(72, 105), #string.char(0, 255)) print(pcall(string.char, 256)) print(pcall(string.char, -1)) print(pcall(string.char, "x"))
--== string.rep with counts of every kind
print(("ab"):rep(0) == "", ("ab"):rep(-1) == "", ("ab"):rep(1), ("ab"):rep(2.7), (""):rep(100) == "")
--== string.reverse, lower and upper on bytes
print(("abc\0d"):reverse():byte(1, -1)) print(("ÀÉ abc XYZ 12"):lower() == "ÀÉ abc xyz 12", ("abc-é"):upper())
--== string.find in plain text
print(("a.b"):find(".", 1, true), ("a.b"):find("b", -1, true), ("abc"):find("", 10, true), ("abc"):find("", 4), ("abc"):find("", 5), ("abc"):find("c", -1), ("aXb"):find("x"))
--== string.find with positions out of range
print(("abc"):find("a", -10), ("abc"):find("a", 0), ("abc"):find("a", 2), (""):find("", 1), (""):find("", 2), ("abc"):find("b", nil, nil))
--== string.find with captures
print(("key = value"):find("(%w+)%s*=%s*(%w+)")) print(("abc"):find("()b()")) print(("abc"):find("(x?)b"))
--== string.match returns the whole or the captures
print(("2024-01-02"):match("(%d+)-(%d+)-(%d+)")) print(("abc"):match("b")) print(("abc"):match("x")) print(("abc"):match("()")) print(("  x "):match("^%s*(.-)%s*$") .. "|")
--== string.gmatch walks all matches
for w in ("one two  three"):gmatch("%a+") do print(w) end for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end for p in ("abc"):gmatch("()") do print(p) end
--== string.gmatch with an anchor
for w in ("abc abc"):gmatch("^abc") do print(w) end print("end")
--== string.gmatch with empty matches
for w in ("a,b,,c"):gmatch("([^,]*)") do print("[" .. w .. "]") end
--== string.gsub with strings
print(("hello"):gsub("l", "L")) print(("hello"):gsub("l", "L", 1)) print(("hello"):gsub("", "-")) print(("abc"):gsub("%w", "%0%0")) print(("abc"):gsub("(a)(b)", "%2%1")) print(("x"):gsub("x", "%%"))
--== string.gsub with bad replacements
print(pcall(string.gsub, "abc", "a", "%2")) print(pcall(string.gsub, "abc", "(a)", "%2")) print(pcall(string.gsub, "abc", "a", "%x")) print(pcall(string.gsub, "abc", "a", "%")) print(pcall(string.gsub, "abc", "a", true)) print(pcall(string.gsub, "abc", "a"))
--== string.gsub with functions and tables
print(("abc"):gsub("%w", function(c) if c == "b" then return "B" end end)) print(("abc"):gsub("%w", { a = 1, b = true and "x", c = false })) print(("a b"):gsub("(%w)%s*", function(c) return nil end)) print(pcall(string.gsub, "a", "a", function() return {} end)) print(pcall(string.gsub, "a", "a", { a = {} }))
--== string.gsub with a table that has __index
print(("abc"):gsub("%w", setmetatable({}, { __index = function(_, k) return k:upper() .. "." end })))
--== string.gsub with a count
print(("aaa"):gsub("a", "b", 0), ("aaa"):gsub("a", "b", -1), ("aaa"):gsub("a", "b", 2), ("aaa"):gsub("a", "b", 10))
--== string.gsub anchored
print(("aaa"):gsub("^a", "b")) print(("abc"):gsub("$", "!")) print(("abc"):gsub("^", "!")) print(("a.b"):gsub("%.", "%%"))
--== string.gsub with a function that fails
print(pcall(string.gsub, "abc", "b", function() error("inside") end)) print(pcall(string.gsub, "abc", "b", function() error({}) end))
--== string.gsub cannot be yielded across
local co = coroutine.create(function() return ("abc"):gsub("b", function() coroutine.yield() end) end) print(coroutine.resume(co))
--== patterns with frontier
print(("THE (quick) fox"):gsub("%f[%a]%a+", "<%0>")) print(("hello"):find("%f[%z]")) print((" a b"):find("%f[%w]b"))
--== patterns with balanced text
print(("f(a(b)c)d"):match("%b()"), ("((("):match("%b()"), ("[[x]]"):gsub("%b[]", ""), ("xyx"):match("%bxx"))
--== patterns with back references
print(("abcabc"):match("(abc)%1"), ("'x' \"y\""):match("(['\"])(.-)%1"), pcall(string.match, "aa", "(a%1)"))
--== patterns that backtrack
print(("aaaa"):match("a*ab?"), ("aaab"):match("a-b"), ("aaab"):match("^(a-)(a*)b$"), ("abab"):match("(.*)b"), ("abab"):match("(.-)b"))
--== patterns with sets
print(("a-b]c"):match("[%]]"), ("a-b]c"):match("[]]"), ("a-b"):match("[a%-]+"), ("x^y"):match("[%^]"), ("09azAZ"):match("[0-9a-z]+"), ("é"):match("[\128-\255]+") ~= nil)
--== patterns on strings with zeros
print(#("a\0b"):match(".*"), ("a\0b"):find("%z"), ("a\0b"):find("b"), #("\0\0"):gsub("%z", "x"))
--== malformed patterns
for _, p in ipairs { "[a", "[]", "[^]", "(", "(a", ")", "%", "a%", "%b", "%bx", "%f", "%fa", "%1", "(a)%2", "[%", "[a-", "[a-%", "(()" } do print(p, pcall(string.find, "a)b(", p)) end
--== too many captures
print(pcall(string.find, ("a"):rep(40), ("(a)"):rep(33))) print(select("#", string.find(("a"):rep(40), ("(a)"):rep(32))))
--== string.format basics
print(("%d %s %q %5.2f|%-5d|%05d|%+d|%x|%X|%o|%c|%e|%g|%%"):format(42, "s", "q\n", 3.14159, 7, 7, 7, 255, 255, 8, 65, 12345.678, 0.0001))
--== string.format with wrong things
print(pcall(string.format, "%d")) print(pcall(string.format, "%d", "x")) print(pcall(string.format, "%y", 1)) print(pcall(string.format, "%")) print(pcall(string.format, "%10", 1)) print(pcall(string.format, "%123d", 1)) print(pcall(string.format, "%.123d", 1)) print(pcall(string.format, "%0000000d", 1)) print(pcall(string.format)) print(pcall(string.format, "%s")) print(pcall(string.format, "%s", nil)) print(pcall(string.format, "%s", {})) print(pcall(string.format, "%s", true))
--== string.format %s with precision
print(("[%.2s][%5s][%-5s][%5.1s]"):format("abc", "ab", "ab", "xyz")) print(("%s"):format(("x"):rep(200)) == ("x"):rep(200))
--== string.format %s with zeros in it
print(#("%s"):format("a\0b"), #("%s|"):format("a\0b"), #("%5s"):format("a\0b"), #("%q"):format("a\0b"))
--== string.format %c with zero
print(#("%c%c"):format(0, 65), ("%c"):format(0):byte())
--== string.format %d with fractions and large numbers
print(("%d %d %d %d"):format(3.99, -3.99, 2^52, -2^52)) print(("%5d|%-5d|%05d|% d"):format(42, 42, 42, 42)) print(("%d"):format("10"), ("%x"):format(3.7), ("%i"):format(5))
--== string.format %g and %e
print(("%g %g %g %g %g %g"):format(1, 0.1, 1e20, 1e-5, 123456789, 100000)) print(("%e %E %.0e %.3e"):format(1, 1e10, 15, 0.00012345)) print(("%#g %#x %#o"):format(1, 255, 8)) print(("%.14g %.17g %.3g"):format(0.1, 0.1, 1234567))
--== string.format of infinite numbers
print(("%f %g %e %.1f"):format(1/0, -1/0, 1/0, -1/0)) print(("%5.1f|%-6g|%06f"):format(1/0, -1/0, 1/0))
--== tostring of all kinds
print(tostring(nil), tostring(true), tostring(12), tostring(-0.5), tostring("s"), tostring(1e300), tostring(2^31)) print((tostring({}):gsub("0x%x+", "ADDR")), (tostring(print):gsub("0x%x+", "ADDR")), (tostring(coroutine.create(function() end)):gsub("0x%x+", "ADDR")), (tostring(newproxy()):gsub("0x%x+", "ADDR")))
--== tostring without an argument
print(pcall(tostring)) print(pcall(type)) print(pcall(tonumber)) print(tostring(nil, 1))
--== __tostring is used and may return anything
print(tostring(setmetatable({}, { __tostring = function() return "mine" end }))) print(pcall(print, setmetatable({}, { __tostring = function() return 5 end }))) print(pcall(print, setmetatable({}, { __tostring = function() return {} end }))) print(pcall(tostring, setmetatable({}, { __tostring = 5 })))
--== print uses the global tostring
local old = tostring tostring = function(x) return "<" .. old(x) .. ">" end print(1, "a", nil) tostring = function() return nil end print(pcall(print, 1)) tostring = nil print(pcall(print, 1))
--== tonumber of all kinds
for _, v in ipairs { 1, "1", " 1 ", "1e1", "0x1f", "1.", ".5", "", " ", "x", "1x", true, print, "1e", "- 1", "-1", "+1", "0x", "1\0", "1 1", "\t5\n" } do print(tostring(v):gsub("0x%x%x%x%x%x%x+", "ADDR"), tonumber(v)) end print(tonumber(nil))
--== tonumber with bases
print(tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("8", 8), tonumber("77", 8), tonumber("-10", 2), tonumber(" 11 ", 2), tonumber("1.5", 10), tonumber("", 16), tonumber("0x10", 16), tonumber(10, 2), tonumber("7fffffff", 16), tonumber("1e1", 16), tonumber("12", 3))
--== tonumber with bad bases
print(pcall(tonumber, "1", 1)) print(pcall(tonumber, "1", 37)) print(pcall(tonumber, "1", "x")) print(pcall(tonumber, {}, 16)) print(pcall(tonumber, nil, 16)) print(tonumber("z", 36.9), tonumber("1", 0xa))
--== tonumber of large texts in bases
print(tonumber(("f"):rep(16), 16), tonumber(("f"):rep(17), 16), tonumber(("1"):rep(64), 2), tonumber(("z"):rep(20), 36), tonumber("-ff", 16))
--== the metatable of strings
print(getmetatable("").__index == string, getmetatable("a") == getmetatable("b")) string.twice = function(s) return s .. s end print(("ab"):twice()) getmetatable("").__index = function(s, k) return k end print(("x").anything)
--== indexing strings
print(("abc").len == string.len, ("abc").nothing, ("abc")[1], #"abc") print(pcall(function() local s = "x" s.y = 1 end))
--== arithmetic metamethods of strings
getmetatable("").__add = function(a, b) return "add" end print(pcall(function() return "x" + 1 end)) print("1" + 1) getmetatable("").__call = function(s, x) return s .. x end print(("a")("b")) getmetatable("").__unm = function(s) return s:reverse() end print(-"abc", -"12")
--== comparison of numbers and strings fails
print(pcall(function() return 1 < "2" end)) print(pcall(function() return "1" < 2 end)) print(pcall(function() return "a" >= 1 end))
--== strings as keys with zeros and any bytes
local t = { ["a\0b"] = 1, ["a\0c"] = 2, [""] = 3, ["\255"] = 4 } print(t["a\0b"], t["a\0c"], t[""], t["\255"], t["a"])
--== big strings
local s = ("0123456789"):rep(10000) print(#s, s:sub(99991), s:find("9", 99995), #s:rep(10), select(2, s:gsub("5", "")))
--== string.len with embedded zeros through concatenation
local s = "" for i = 0, 255 do s = s .. string.char(i) end print(#s, s:byte(1), s:byte(256), s:sub(66, 70), #s:upper(), #s:reverse())
--== %q round trips
for _, s in ipairs { "plain", "quo\"te", "back\\slash", "new\nline", "cr\rhere", "zero\0here", "tab\t", "\1\2\3" } do print(loadstring("return " .. ("%q"):format(s))() == s) end
