--== what is wrong with: x
print(loadstring("x", "=s")) print(loadstring("\n\nlocal a = 1\nx\n", "=s"))
--== what is wrong with: x =
print(loadstring("x =", "=s")) print(loadstring("\n\nlocal a = 1\nx =\n", "=s"))
--== what is wrong with: x = = 1
print(loadstring("x = = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx = = 1\n", "=s"))
--== what is wrong with: local
print(loadstring("local", "=s")) print(loadstring("\n\nlocal a = 1\nlocal\n", "=s"))
--== what is wrong with: local 1
print(loadstring("local 1", "=s")) print(loadstring("\n\nlocal a = 1\nlocal 1\n", "=s"))
--== what is wrong with: local function
print(loadstring("local function", "=s")) print(loadstring("\n\nlocal a = 1\nlocal function\n", "=s"))
--== what is wrong with: function
print(loadstring("function", "=s")) print(loadstring("\n\nlocal a = 1\nfunction\n", "=s"))
--== what is wrong with: function f
print(loadstring("function f", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f\n", "=s"))
--== what is wrong with: function f(
print(loadstring("function f(", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f(\n", "=s"))
--== what is wrong with: function f(a
print(loadstring("function f(a", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f(a\n", "=s"))
--== what is wrong with: function f(a,)
print(loadstring("function f(a,)", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f(a,)\n", "=s"))
--== what is wrong with: function f() 
print(loadstring("function f() ", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f() \n", "=s"))
--== what is wrong with: function f(1) end
print(loadstring("function f(1) end", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f(1) end\n", "=s"))
--== what is wrong with: if
print(loadstring("if", "=s")) print(loadstring("\n\nlocal a = 1\nif\n", "=s"))
--== what is wrong with: if x
print(loadstring("if x", "=s")) print(loadstring("\n\nlocal a = 1\nif x\n", "=s"))
--== what is wrong with: if x then
print(loadstring("if x then", "=s")) print(loadstring("\n\nlocal a = 1\nif x then\n", "=s"))
--== what is wrong with: if x then else
print(loadstring("if x then else", "=s")) print(loadstring("\n\nlocal a = 1\nif x then else\n", "=s"))
--== what is wrong with: if x then elseif
print(loadstring("if x then elseif", "=s")) print(loadstring("\n\nlocal a = 1\nif x then elseif\n", "=s"))
--== what is wrong with: while
print(loadstring("while", "=s")) print(loadstring("\n\nlocal a = 1\nwhile\n", "=s"))
--== what is wrong with: while x
print(loadstring("while x", "=s")) print(loadstring("\n\nlocal a = 1\nwhile x\n", "=s"))
--== what is wrong with: while x do
print(loadstring("while x do", "=s")) print(loadstring("\n\nlocal a = 1\nwhile x do\n", "=s"))
--== what is wrong with: repeat
print(loadstring("repeat", "=s")) print(loadstring("\n\nlocal a = 1\nrepeat\n", "=s"))
--== what is wrong with: repeat until
print(loadstring("repeat until", "=s")) print(loadstring("\n\nlocal a = 1\nrepeat until\n", "=s"))
--== what is wrong with: for
print(loadstring("for", "=s")) print(loadstring("\n\nlocal a = 1\nfor\n", "=s"))
--== what is wrong with: for i
print(loadstring("for i", "=s")) print(loadstring("\n\nlocal a = 1\nfor i\n", "=s"))
--== what is wrong with: for i =
print(loadstring("for i =", "=s")) print(loadstring("\n\nlocal a = 1\nfor i =\n", "=s"))
--== what is wrong with: for i = 1
print(loadstring("for i = 1", "=s")) print(loadstring("\n\nlocal a = 1\nfor i = 1\n", "=s"))
--== what is wrong with: for i = 1 do
print(loadstring("for i = 1 do", "=s")) print(loadstring("\n\nlocal a = 1\nfor i = 1 do\n", "=s"))
--== what is wrong with: for i = 1,
print(loadstring("for i = 1,", "=s")) print(loadstring("\n\nlocal a = 1\nfor i = 1,\n", "=s"))
--== what is wrong with: for i = 1, 2
print(loadstring("for i = 1, 2", "=s")) print(loadstring("\n\nlocal a = 1\nfor i = 1, 2\n", "=s"))
--== what is wrong with: for i = 1, 2 do
print(loadstring("for i = 1, 2 do", "=s")) print(loadstring("\n\nlocal a = 1\nfor i = 1, 2 do\n", "=s"))
--== what is wrong with: for i, in
print(loadstring("for i, in", "=s")) print(loadstring("\n\nlocal a = 1\nfor i, in\n", "=s"))
--== what is wrong with: for i in
print(loadstring("for i in", "=s")) print(loadstring("\n\nlocal a = 1\nfor i in\n", "=s"))
--== what is wrong with: for i in x
print(loadstring("for i in x", "=s")) print(loadstring("\n\nlocal a = 1\nfor i in x\n", "=s"))
--== what is wrong with: for 1 in x do end
print(loadstring("for 1 in x do end", "=s")) print(loadstring("\n\nlocal a = 1\nfor 1 in x do end\n", "=s"))
--== what is wrong with: return return
print(loadstring("return return", "=s")) print(loadstring("\n\nlocal a = 1\nreturn return\n", "=s"))
--== what is wrong with: return 1,
print(loadstring("return 1,", "=s")) print(loadstring("\n\nlocal a = 1\nreturn 1,\n", "=s"))
--== what is wrong with: return 1 2
print(loadstring("return 1 2", "=s")) print(loadstring("\n\nlocal a = 1\nreturn 1 2\n", "=s"))
--== what is wrong with: return; x
print(loadstring("return; x", "=s")) print(loadstring("\n\nlocal a = 1\nreturn; x\n", "=s"))
--== what is wrong with: break
print(loadstring("break", "=s")) print(loadstring("\n\nlocal a = 1\nbreak\n", "=s"))
--== what is wrong with: do break end
print(loadstring("do break end", "=s")) print(loadstring("\n\nlocal a = 1\ndo break end\n", "=s"))
--== what is wrong with: while true do break x() end
print(loadstring("while true do break x() end", "=s")) print(loadstring("\n\nlocal a = 1\nwhile true do break x() end\n", "=s"))
--== what is wrong with: x = {
print(loadstring("x = {", "=s")) print(loadstring("\n\nlocal a = 1\nx = {\n", "=s"))
--== what is wrong with: x = {1
print(loadstring("x = {1", "=s")) print(loadstring("\n\nlocal a = 1\nx = {1\n", "=s"))
--== what is wrong with: x = {1,
print(loadstring("x = {1,", "=s")) print(loadstring("\n\nlocal a = 1\nx = {1,\n", "=s"))
--== what is wrong with: x = {1 2}
print(loadstring("x = {1 2}", "=s")) print(loadstring("\n\nlocal a = 1\nx = {1 2}\n", "=s"))
--== what is wrong with: x = {[1}
print(loadstring("x = {[1}", "=s")) print(loadstring("\n\nlocal a = 1\nx = {[1}\n", "=s"))
--== what is wrong with: x = {[1] 2}
print(loadstring("x = {[1] 2}", "=s")) print(loadstring("\n\nlocal a = 1\nx = {[1] 2}\n", "=s"))
--== what is wrong with: x = {a=}
print(loadstring("x = {a=}", "=s")) print(loadstring("\n\nlocal a = 1\nx = {a=}\n", "=s"))
--== what is wrong with: f(
print(loadstring("f(", "=s")) print(loadstring("\n\nlocal a = 1\nf(\n", "=s"))
--== what is wrong with: f(1
print(loadstring("f(1", "=s")) print(loadstring("\n\nlocal a = 1\nf(1\n", "=s"))
--== what is wrong with: f(1,
print(loadstring("f(1,", "=s")) print(loadstring("\n\nlocal a = 1\nf(1,\n", "=s"))
--== what is wrong with: f(1,)
print(loadstring("f(1,)", "=s")) print(loadstring("\n\nlocal a = 1\nf(1,)\n", "=s"))
--== what is wrong with: f 1
print(loadstring("f 1", "=s")) print(loadstring("\n\nlocal a = 1\nf 1\n", "=s"))
--== what is wrong with: f.
print(loadstring("f.", "=s")) print(loadstring("\n\nlocal a = 1\nf.\n", "=s"))
--== what is wrong with: f.1
print(loadstring("f.1", "=s")) print(loadstring("\n\nlocal a = 1\nf.1\n", "=s"))
--== what is wrong with: f:
print(loadstring("f:", "=s")) print(loadstring("\n\nlocal a = 1\nf:\n", "=s"))
--== what is wrong with: f:x
print(loadstring("f:x", "=s")) print(loadstring("\n\nlocal a = 1\nf:x\n", "=s"))
--== what is wrong with: f:x.y = 1
print(loadstring("f:x.y = 1", "=s")) print(loadstring("\n\nlocal a = 1\nf:x.y = 1\n", "=s"))
--== what is wrong with: f:1()
print(loadstring("f:1()", "=s")) print(loadstring("\n\nlocal a = 1\nf:1()\n", "=s"))
--== what is wrong with: x.y
print(loadstring("x.y", "=s")) print(loadstring("\n\nlocal a = 1\nx.y\n", "=s"))
--== what is wrong with: x.y,z
print(loadstring("x.y,z", "=s")) print(loadstring("\n\nlocal a = 1\nx.y,z\n", "=s"))
--== what is wrong with: x,
print(loadstring("x,", "=s")) print(loadstring("\n\nlocal a = 1\nx,\n", "=s"))
--== what is wrong with: x, y
print(loadstring("x, y", "=s")) print(loadstring("\n\nlocal a = 1\nx, y\n", "=s"))
--== what is wrong with: x() = 1
print(loadstring("x() = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx() = 1\n", "=s"))
--== what is wrong with: x + 1
print(loadstring("x + 1", "=s")) print(loadstring("\n\nlocal a = 1\nx + 1\n", "=s"))
--== what is wrong with: (x) = 1
print(loadstring("(x) = 1", "=s")) print(loadstring("\n\nlocal a = 1\n(x) = 1\n", "=s"))
--== what is wrong with: (x)
print(loadstring("(x)", "=s")) print(loadstring("\n\nlocal a = 1\n(x)\n", "=s"))
--== what is wrong with: (x
print(loadstring("(x", "=s")) print(loadstring("\n\nlocal a = 1\n(x\n", "=s"))
--== what is wrong with: x = (1
print(loadstring("x = (1", "=s")) print(loadstring("\n\nlocal a = 1\nx = (1\n", "=s"))
--== what is wrong with: x = 1 +
print(loadstring("x = 1 +", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1 +\n", "=s"))
--== what is wrong with: x = + 1
print(loadstring("x = + 1", "=s")) print(loadstring("\n\nlocal a = 1\nx = + 1\n", "=s"))
--== what is wrong with: x = not
print(loadstring("x = not", "=s")) print(loadstring("\n\nlocal a = 1\nx = not\n", "=s"))
--== what is wrong with: x = -
print(loadstring("x = -", "=s")) print(loadstring("\n\nlocal a = 1\nx = -\n", "=s"))
--== what is wrong with: x = #
print(loadstring("x = #", "=s")) print(loadstring("\n\nlocal a = 1\nx = #\n", "=s"))
--== what is wrong with: x = 1 ..
print(loadstring("x = 1 ..", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1 ..\n", "=s"))
--== what is wrong with: x = ..
print(loadstring("x = ..", "=s")) print(loadstring("\n\nlocal a = 1\nx = ..\n", "=s"))
--== what is wrong with: x = ...; function f() return ... end
print(loadstring("x = ...; function f() return ... end", "=s")) print(loadstring("\n\nlocal a = 1\nx = ...; function f() return ... end\n", "=s"))
--== what is wrong with: 'abc
print(loadstring("'abc", "=s")) print(loadstring("\n\nlocal a = 1\n'abc\n", "=s"))
--== what is wrong with: "abc
print(loadstring("\034abc", "=s")) print(loadstring("\n\nlocal a = 1\n\034abc\n", "=s"))
--== what is wrong with: 'abc\u23cedef'
print(loadstring("'abc\010def'", "=s")) print(loadstring("\n\nlocal a = 1\n'abc\010def'\n", "=s"))
--== what is wrong with: [[abc
print(loadstring("[[abc", "=s")) print(loadstring("\n\nlocal a = 1\n[[abc\n", "=s"))
--== what is wrong with: [==[abc]]
print(loadstring("[==[abc]]", "=s")) print(loadstring("\n\nlocal a = 1\n[==[abc]]\n", "=s"))
--== what is wrong with: --[[abc
print(loadstring("--[[abc", "=s")) print(loadstring("\n\nlocal a = 1\n--[[abc\n", "=s"))
--== what is wrong with: [=abc
print(loadstring("[=abc", "=s")) print(loadstring("\n\nlocal a = 1\n[=abc\n", "=s"))
--== what is wrong with: x = '\400'
print(loadstring("x = '\092400'", "=s")) print(loadstring("\n\nlocal a = 1\nx = '\092400'\n", "=s"))
--== what is wrong with: x = '\300'
print(loadstring("x = '\092300'", "=s")) print(loadstring("\n\nlocal a = 1\nx = '\092300'\n", "=s"))
--== what is wrong with: x = 3x
print(loadstring("x = 3x", "=s")) print(loadstring("\n\nlocal a = 1\nx = 3x\n", "=s"))
--== what is wrong with: x = 0x
print(loadstring("x = 0x", "=s")) print(loadstring("\n\nlocal a = 1\nx = 0x\n", "=s"))
--== what is wrong with: x = 1e
print(loadstring("x = 1e", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1e\n", "=s"))
--== what is wrong with: x = 1..2
print(loadstring("x = 1..2", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1..2\n", "=s"))
--== what is wrong with: x = 1.2.3
print(loadstring("x = 1.2.3", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1.2.3\n", "=s"))
--== what is wrong with: x = 0xg
print(loadstring("x = 0xg", "=s")) print(loadstring("\n\nlocal a = 1\nx = 0xg\n", "=s"))
--== what is wrong with: @
print(loadstring("@", "=s")) print(loadstring("\n\nlocal a = 1\n@\n", "=s"))
--== what is wrong with: x = @
print(loadstring("x = @", "=s")) print(loadstring("\n\nlocal a = 1\nx = @\n", "=s"))
--== what is wrong with: x = $
print(loadstring("x = $", "=s")) print(loadstring("\n\nlocal a = 1\nx = $\n", "=s"))
--== what is wrong with: x = 1 ! 2
print(loadstring("x = 1 ! 2", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1 ! 2\n", "=s"))
--== what is wrong with: x = a ~ b
print(loadstring("x = a ~ b", "=s")) print(loadstring("\n\nlocal a = 1\nx = a ~ b\n", "=s"))
--== what is wrong with: x = a ~= 
print(loadstring("x = a ~= ", "=s")) print(loadstring("\n\nlocal a = 1\nx = a ~= \n", "=s"))
--== what is wrong with: ~
print(loadstring("~", "=s")) print(loadstring("\n\nlocal a = 1\n~\n", "=s"))
--== what is wrong with: x = \
print(loadstring("x = \092", "=s")) print(loadstring("\n\nlocal a = 1\nx = \092\n", "=s"))
--== what is wrong with: goto x
print(loadstring("goto x", "=s")) print(loadstring("\n\nlocal a = 1\ngoto x\n", "=s"))
--== what is wrong with: x = }
print(loadstring("x = }", "=s")) print(loadstring("\n\nlocal a = 1\nx = }\n", "=s"))
--== what is wrong with: end
print(loadstring("end", "=s")) print(loadstring("\n\nlocal a = 1\nend\n", "=s"))
--== what is wrong with: until x
print(loadstring("until x", "=s")) print(loadstring("\n\nlocal a = 1\nuntil x\n", "=s"))
--== what is wrong with: elseif
print(loadstring("elseif", "=s")) print(loadstring("\n\nlocal a = 1\nelseif\n", "=s"))
--== what is wrong with: else
print(loadstring("else", "=s")) print(loadstring("\n\nlocal a = 1\nelse\n", "=s"))
--== what is wrong with: then
print(loadstring("then", "=s")) print(loadstring("\n\nlocal a = 1\nthen\n", "=s"))
--== what is wrong with: in
print(loadstring("in", "=s")) print(loadstring("\n\nlocal a = 1\nin\n", "=s"))
--== what is wrong with: and
print(loadstring("and", "=s")) print(loadstring("\n\nlocal a = 1\nand\n", "=s"))
--== what is wrong with: or x
print(loadstring("or x", "=s")) print(loadstring("\n\nlocal a = 1\nor x\n", "=s"))
--== what is wrong with: not x
print(loadstring("not x", "=s")) print(loadstring("\n\nlocal a = 1\nnot x\n", "=s"))
--== what is wrong with: nil
print(loadstring("nil", "=s")) print(loadstring("\n\nlocal a = 1\nnil\n", "=s"))
--== what is wrong with: true
print(loadstring("true", "=s")) print(loadstring("\n\nlocal a = 1\ntrue\n", "=s"))
--== what is wrong with: 1
print(loadstring("1", "=s")) print(loadstring("\n\nlocal a = 1\n1\n", "=s"))
--== what is wrong with: 'x'
print(loadstring("'x'", "=s")) print(loadstring("\n\nlocal a = 1\n'x'\n", "=s"))
--== what is wrong with: {}
print(loadstring("{}", "=s")) print(loadstring("\n\nlocal a = 1\n{}\n", "=s"))
--== what is wrong with: function() end
print(loadstring("function() end", "=s")) print(loadstring("\n\nlocal a = 1\nfunction() end\n", "=s"))
--== what is wrong with: local x = function
print(loadstring("local x = function", "=s")) print(loadstring("\n\nlocal a = 1\nlocal x = function\n", "=s"))
--== what is wrong with: local x y
print(loadstring("local x y", "=s")) print(loadstring("\n\nlocal a = 1\nlocal x y\n", "=s"))
--== what is wrong with: local x, = 1
print(loadstring("local x, = 1", "=s")) print(loadstring("\n\nlocal a = 1\nlocal x, = 1\n", "=s"))
--== what is wrong with: local function f.x() end
print(loadstring("local function f.x() end", "=s")) print(loadstring("\n\nlocal a = 1\nlocal function f.x() end\n", "=s"))
--== what is wrong with: local function f:x() end
print(loadstring("local function f:x() end", "=s")) print(loadstring("\n\nlocal a = 1\nlocal function f:x() end\n", "=s"))
--== what is wrong with: function a.b:c.d() end
print(loadstring("function a.b:c.d() end", "=s")) print(loadstring("\n\nlocal a = 1\nfunction a.b:c.d() end\n", "=s"))
--== what is wrong with: function 1() end
print(loadstring("function 1() end", "=s")) print(loadstring("\n\nlocal a = 1\nfunction 1() end\n", "=s"))
--== what is wrong with: function f() return 1 x() end
print(loadstring("function f() return 1 x() end", "=s")) print(loadstring("\n\nlocal a = 1\nfunction f() return 1 x() end\n", "=s"))
--== what is wrong with: return x = 1
print(loadstring("return x = 1", "=s")) print(loadstring("\n\nlocal a = 1\nreturn x = 1\n", "=s"))
--== what is wrong with: a.b:c = 1
print(loadstring("a.b:c = 1", "=s")) print(loadstring("\n\nlocal a = 1\na.b:c = 1\n", "=s"))
--== what is wrong with: a\u23ce(b)
print(loadstring("a\010(b)", "=s")) print(loadstring("\n\nlocal a = 1\na\010(b)\n", "=s"))
--== what is wrong with: f\u23ce(x)
print(loadstring("f\010(x)", "=s")) print(loadstring("\n\nlocal a = 1\nf\010(x)\n", "=s"))
--== what is wrong with: x = f\u23ce(y)
print(loadstring("x = f\010(y)", "=s")) print(loadstring("\n\nlocal a = 1\nx = f\010(y)\n", "=s"))
--== what is wrong with: x = y z = 1
print(loadstring("x = y z = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx = y z = 1\n", "=s"))
--== what is wrong with: x = [[a[[b]]c]]
print(loadstring("x = [[a[[b]]c]]", "=s")) print(loadstring("\n\nlocal a = 1\nx = [[a[[b]]c]]\n", "=s"))
--== what is wrong with: x = 1 y
print(loadstring("x = 1 y", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1 y\n", "=s"))
--== what is wrong with: for x.y = 1, 2 do end
print(loadstring("for x.y = 1, 2 do end", "=s")) print(loadstring("\n\nlocal a = 1\nfor x.y = 1, 2 do end\n", "=s"))
--== what is wrong with: for a, b = 1, 2 do end
print(loadstring("for a, b = 1, 2 do end", "=s")) print(loadstring("\n\nlocal a = 1\nfor a, b = 1, 2 do end\n", "=s"))
--== what is wrong with: local a.b = 1
print(loadstring("local a.b = 1", "=s")) print(loadstring("\n\nlocal a = 1\nlocal a.b = 1\n", "=s"))
--== what is wrong with: x[1
print(loadstring("x[1", "=s")) print(loadstring("\n\nlocal a = 1\nx[1\n", "=s"))
--== what is wrong with: x[]
print(loadstring("x[]", "=s")) print(loadstring("\n\nlocal a = 1\nx[]\n", "=s"))
--== what is wrong with: x[1]
print(loadstring("x[1]", "=s")) print(loadstring("\n\nlocal a = 1\nx[1]\n", "=s"))
--== what is wrong with: x[1] y = 2
print(loadstring("x[1] y = 2", "=s")) print(loadstring("\n\nlocal a = 1\nx[1] y = 2\n", "=s"))
--== what is wrong with: x"y" = 2
print(loadstring("x\034y\034 = 2", "=s")) print(loadstring("\n\nlocal a = 1\nx\034y\034 = 2\n", "=s"))
--== what is wrong with: x{
print(loadstring("x{", "=s")) print(loadstring("\n\nlocal a = 1\nx{\n", "=s"))
--== what is wrong with: x{} = 1
print(loadstring("x{} = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx{} = 1\n", "=s"))
--== what is wrong with: f{1}{2} {
print(loadstring("f{1}{2} {", "=s")) print(loadstring("\n\nlocal a = 1\nf{1}{2} {\n", "=s"))
--== what is wrong with: if x then end end
print(loadstring("if x then end end", "=s")) print(loadstring("\n\nlocal a = 1\nif x then end end\n", "=s"))
--== what is wrong with: do end end
print(loadstring("do end end", "=s")) print(loadstring("\n\nlocal a = 1\ndo end end\n", "=s"))
--== what is wrong with: while x do end do
print(loadstring("while x do end do", "=s")) print(loadstring("\n\nlocal a = 1\nwhile x do end do\n", "=s"))
--== what is wrong with: .
print(loadstring("\000", "=s")) print(loadstring("\n\nlocal a = 1\n\000\n", "=s"))
--== what is wrong with: x = .
print(loadstring("x = \000", "=s")) print(loadstring("\n\nlocal a = 1\nx = \000\n", "=s"))
--== what is wrong with: x.
print(loadstring("x\001", "=s")) print(loadstring("\n\nlocal a = 1\nx\001\n", "=s"))
--== what is wrong with: W
print(loadstring("W", "=s")) print(loadstring("\n\nlocal a = 1\nW\n", "=s"))
--== what is wrong with: \x80\x81
print(loadstring("\128\129", "=s")) print(loadstring("\n\nlocal a = 1\n\128\129\n", "=s"))
--== what is wrong with: x = 'a\
print(loadstring("x = 'a\092", "=s")) print(loadstring("\n\nlocal a = 1\nx = 'a\092\n", "=s"))
--== what is wrong with: x = 'a\\u23ce
print(loadstring("x = 'a\092\010", "=s")) print(loadstring("\n\nlocal a = 1\nx = 'a\092\010\n", "=s"))
--== what is wrong with: x = "a\u23ce
print(loadstring("x = \034a\010", "=s")) print(loadstring("\n\nlocal a = 1\nx = \034a\010\n", "=s"))
--== what is wrong with: x = "\x\u23ce"
print(loadstring("x = \034\092x\010\034", "=s")) print(loadstring("\n\nlocal a = 1\nx = \034\092x\010\034\n", "=s"))
--== what is wrong with: #!shebang
print(loadstring("#!shebang", "=s")) print(loadstring("\n\nlocal a = 1\n#!shebang\n", "=s"))
--== what is wrong with: #x
print(loadstring("#x", "=s")) print(loadstring("\n\nlocal a = 1\n#x\n", "=s"))
--== what is wrong with: # x
print(loadstring("# x", "=s")) print(loadstring("\n\nlocal a = 1\n# x\n", "=s"))
--== what is wrong with: x = 5 5
print(loadstring("x = 5 5", "=s")) print(loadstring("\n\nlocal a = 1\nx = 5 5\n", "=s"))
--== what is wrong with: x = '' ''
print(loadstring("x = '' ''", "=s")) print(loadstring("\n\nlocal a = 1\nx = '' ''\n", "=s"))
--== what is wrong with: local t = {} t.1 = 2
print(loadstring("local t = {} t.1 = 2", "=s")) print(loadstring("\n\nlocal a = 1\nlocal t = {} t.1 = 2\n", "=s"))
--== what is wrong with: x = function(...
print(loadstring("x = function(...", "=s")) print(loadstring("\n\nlocal a = 1\nx = function(...\n", "=s"))
--== what is wrong with: x = function(..., a) end
print(loadstring("x = function(..., a) end", "=s")) print(loadstring("\n\nlocal a = 1\nx = function(..., a) end\n", "=s"))
--== what is wrong with: x = function(a ...) end
print(loadstring("x = function(a ...) end", "=s")) print(loadstring("\n\nlocal a = 1\nx = function(a ...) end\n", "=s"))
--== what is wrong with: x.end = 1
print(loadstring("x.end = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx.end = 1\n", "=s"))
--== what is wrong with: x = {end=1}
print(loadstring("x = {end=1}", "=s")) print(loadstring("\n\nlocal a = 1\nx = {end=1}\n", "=s"))
--== what is wrong with: local end
print(loadstring("local end", "=s")) print(loadstring("\n\nlocal a = 1\nlocal end\n", "=s"))
--== what is wrong with: local x = 1 local x = 2 x
print(loadstring("local x = 1 local x = 2 x", "=s")) print(loadstring("\n\nlocal a = 1\nlocal x = 1 local x = 2 x\n", "=s"))
--== what is wrong with: if if then end
print(loadstring("if if then end", "=s")) print(loadstring("\n\nlocal a = 1\nif if then end\n", "=s"))
--== what is wrong with: ::a::
print(loadstring("::a::", "=s")) print(loadstring("\n\nlocal a = 1\n::a::\n", "=s"))
--== what is wrong with: x += 1
print(loadstring("x += 1", "=s")) print(loadstring("\n\nlocal a = 1\nx += 1\n", "=s"))
--== what is wrong with: x++
print(loadstring("x++", "=s")) print(loadstring("\n\nlocal a = 1\nx++\n", "=s"))
--== what is wrong with: x = a // b
print(loadstring("x = a // b", "=s")) print(loadstring("\n\nlocal a = 1\nx = a // b\n", "=s"))
--== what is wrong with: x = a & b
print(loadstring("x = a & b", "=s")) print(loadstring("\n\nlocal a = 1\nx = a & b\n", "=s"))
--== what is wrong with: x = a ? b : c
print(loadstring("x = a ? b : c", "=s")) print(loadstring("\n\nlocal a = 1\nx = a ? b : c\n", "=s"))
--== what is wrong with: x = 'a' 'b'
print(loadstring("x = 'a' 'b'", "=s")) print(loadstring("\n\nlocal a = 1\nx = 'a' 'b'\n", "=s"))
--== what is wrong with: return f x
print(loadstring("return f x", "=s")) print(loadstring("\n\nlocal a = 1\nreturn f x\n", "=s"))
--== what is wrong with: --
print(loadstring("--", "=s")) print(loadstring("\n\nlocal a = 1\n--\n", "=s"))
--== what is wrong with: -- ==
print(loadstring("-- ==", "=s")) print(loadstring("\n\nlocal a = 1\n-- ==\n", "=s"))
--== what is wrong with: x = [[
print(loadstring("x = [[", "=s")) print(loadstring("\n\nlocal a = 1\nx = [[\n", "=s"))
--== what is wrong with: x = [==
print(loadstring("x = [==", "=s")) print(loadstring("\n\nlocal a = 1\nx = [==\n", "=s"))
--== what is wrong with: x = [=
print(loadstring("x = [=", "=s")) print(loadstring("\n\nlocal a = 1\nx = [=\n", "=s"))
--== what is wrong with: x=[=[]=
print(loadstring("x=[=[]=", "=s")) print(loadstring("\n\nlocal a = 1\nx=[=[]=\n", "=s"))
--== what is wrong with: x = 1e+
print(loadstring("x = 1e+", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1e+\n", "=s"))
--== what is wrong with: x = 0x1p
print(loadstring("x = 0x1p", "=s")) print(loadstring("\n\nlocal a = 1\nx = 0x1p\n", "=s"))
--== what is wrong with: x = .
print(loadstring("x = .", "=s")) print(loadstring("\n\nlocal a = 1\nx = .\n", "=s"))
--== what is wrong with: x = ..1
print(loadstring("x = ..1", "=s")) print(loadstring("\n\nlocal a = 1\nx = ..1\n", "=s"))
--== what is wrong with: x = 1...2
print(loadstring("x = 1...2", "=s")) print(loadstring("\n\nlocal a = 1\nx = 1...2\n", "=s"))
--== what is wrong with: x = a.b.
print(loadstring("x = a.b.", "=s")) print(loadstring("\n\nlocal a = 1\nx = a.b.\n", "=s"))
--== what is wrong with: x = a:b
print(loadstring("x = a:b", "=s")) print(loadstring("\n\nlocal a = 1\nx = a:b\n", "=s"))
--== what is wrong with: x = a:b c
print(loadstring("x = a:b c", "=s")) print(loadstring("\n\nlocal a = 1\nx = a:b c\n", "=s"))
--== what is wrong with: f() g
print(loadstring("f() g", "=s")) print(loadstring("\n\nlocal a = 1\nf() g\n", "=s"))
--== what is wrong with: f() = g()
print(loadstring("f() = g()", "=s")) print(loadstring("\n\nlocal a = 1\nf() = g()\n", "=s"))
--== what is wrong with: x = f() = 1
print(loadstring("x = f() = 1", "=s")) print(loadstring("\n\nlocal a = 1\nx = f() = 1\n", "=s"))
