/**
 * Programs that are made by multiplication: each operator with each kind of value, each way to fail
 * with each kind of name, each library function with each wrong argument, each token of a program
 * left out. What they print is for the oracle to say.
 */
import type { Program } from './sections.ts'

/** Values that tell operators apart, as they are written. */
const VALUES = [
  'nil',
  'true',
  'false',
  '0',
  '-1.5',
  '3',
  '"10"',
  '" 0x1F "',
  '"abc"',
  '""',
  '{}',
  'print',
] as const

const BINARY = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '..',
  '==',
  '~=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
] as const

/** Prints what an expression gives, or its error. */
const tried = (expression: string): string =>
  `print(pcall(function() return type(${expression}), tostring(${expression}) end))`

const local = (value: string, name = 'x'): string => `local ${name} = ${value}`

function operators(): Program[] {
  return BINARY.flatMap((op) =>
    VALUES.map((left) => ({
      title: `${left} ${op} each kind of value`,
      source: [
        local(left, 'a'),
        ...VALUES.flatMap((right) => {
          const constant = `(${left}) ${op} (${right})`
          return [
            `print(pcall(function() local b = ${right} local v = a ${op} b return type(v), v == a, v == b, type(v) == 'number' and v end))`,
            /^[{p]/.test(left + right) || /[{p]/.test(right[0] as string) ? '' : tried(constant),
          ]
        }),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    })),
  )
}

/** What a value may be known by where an error speaks of it; `?` is the value. */
const NAMED: readonly (readonly [string, string, string])[] = [
  ['a local', 'local x = ?', 'x'],
  ['an upvalue', 'local x = ?', '(function() return @ end)()'],
  ['a global', 'x = ?', 'x'],
  ['a field', 'local t = { x = ? }', 't.x'],
  ['a field of a field', 'local t = { u = { x = ? } }', 't.u.x'],
  ['a field of a global', 't = { x = ? }', 't.x'],
  ['a field in brackets', 'local t = { x = ? }', 't["x"]'],
  ['a field by number', 'local t = { ? }', 't[1]'],
  ['a field by a local', 'local k, t = "x", { x = ? }', 't[k]'],
  ['a field by an upvalue name', 'local t = { x = ? }', '(function() return @ end)()'],
  ['what a call returns', 'local function f() return ? end', 'f()'],
  ['a vararg', 'local function f(...) return (@) end', 'f'],
  ['an expression in parentheses', 'local x = ?', '(x)'],
  ['a parameter', '', 'p'],
  ['a value of and', 'local x = ?', '(x and x)'],
  ['a value of or', 'local x = ?', '(x or x)'],
]

/** How to fail with a value. */
const FAILING: readonly (readonly [string, string])[] = [
  ['indexed by a name', 'return @.name'],
  ['indexed by a number', 'return @[1]'],
  ['indexed by a value', 'local k = {} return @[k]'],
  ['called', 'return (@)()'],
  ['called as a statement', 'local r = @() return r'],
  ['called by a method', 'return @:method()'],
  ['added to', 'return @ + 1'],
  ['added', 'return 1 + @'],
  ['subtracted from itself', 'return @ - @'],
  ['multiplied by a string', 'return @ * "x"'],
  ['negated', 'return -@'],
  ['measured', 'return #@'],
  ['concatenated on the left', 'return @ .. "x"'],
  ['concatenated on the right', 'return "x" .. @'],
  ['concatenated in the middle', 'return "x" .. @ .. "y"'],
  ['compared with a number', 'return @ < 1'],
  ['compared with itself', 'return @ <= @'],
  ['compared with a table', 'return {} > @'],
  ['the start of a loop', 'for i = @, 2 do end'],
  ['the limit of a loop', 'for i = 1, @ do end'],
  ['the step of a loop', 'for i = 1, 2, @ do end'],
  ['walked through', 'for k in @ do end'],
]

function names(): Program[] {
  return NAMED.flatMap(([what, set, use]) =>
    FAILING.map(([how, statement]) => ({
      title: `${what} ${how}`,
      source: ['nil', 'true', '"s"', '{}', '12', 'print']
        .map((value) => {
          const set_ = set.replace('?', value)
          const body = (name: string) => statement.replaceAll('@', name)
          if (use.includes('@'))
            return `do ${set_}\nprint(pcall(function() ${use.replace('return @', body(set.includes('{') ? 't.x' : 'x'))} end)) end`
          if (use === 'f' && set.includes('...'))
            return `print(pcall(function(...) ${body('(...)')} end, ${value}))`
          if (use === 'p') return `print(pcall(function(p) ${body('p')} end, ${value}))`
          // In the function itself: the set-up is its first statement.
          return `print(pcall(function() ${set_}\n${body(use)} end))`
        })
        .join('\n'),
    })),
  )
}

/** Stores into what cannot be stored into, by the same names. */
function stores(): Program[] {
  return NAMED.filter(([, , use]) => /^[a-z]+[.[]?|^\(x/.test(use)).flatMap(([what, set, use]) =>
    ['.name', '[1]', '[nil]', '[0/0]', '.a.b', '[{}]'].map((key) => ({
      title: `${what} with ${key} set`,
      source: ['nil', 'true', '"s"', '{}']
        .map((value) => {
          if (use.includes('@') || use === 'f' || /^\(x/.test(use))
            return `print(pcall(function() local x = ${value} (function() x${key} = 1 end)() end))`
          if (use === 'p') return `print(pcall(function(p) p${key} = 1 end, ${value}))`
          return `print(pcall(function() ${set.replace('?', value)}\n${use}${key} = 1 end))`
        })
        .join('\n'),
    })),
  )
}

const ARITHMETIC_EVENTS: readonly (readonly [string, string])[] = [
  ['__add', 'a + b'],
  ['__sub', 'a - b'],
  ['__mul', 'a * b'],
  ['__div', 'a / b'],
  ['__mod', 'a % b'],
  ['__pow', 'a ^ b'],
  ['__unm', '-a'],
  ['__concat', 'a .. b'],
  ['__eq', 'a == b'],
  ['__lt', 'a < b'],
  ['__le', 'a <= b'],
  ['__lt', 'a > b'],
  ['__le', 'a >= b'],
  ['__lt', 'a <= b'],
  ['__eq', 'a ~= b'],
  ['__len', '#a'],
  ['__call', 'a(b)'],
  ['__index', 'a[b]'],
  ['__index', 'a.key'],
  ['__index', 'a:key(1)'],
  ['__tostring', 'tostring(a)'],
  ['__metatable', 'getmetatable(a)'],
]

const HANDLERS: readonly (readonly [string, string])[] = [
  ['a function', 'function(...) show(...) return "result", 2 end'],
  ['a function without a result', 'function(...) show(...) end'],
  ['a function that returns false', 'function() return false end'],
  ['a function that fails', 'function() error("inside") end'],
  ['a function that fails with a table', 'function() error({}) end'],
  ['a table', '{ key = "found" }'],
  ['a number', '12'],
  ['a string', '"word"'],
  ['false', 'false'],
  [
    'a callable table',
    'setmetatable({}, { __call = function(...) show(...) return "called" end })',
  ],
]

/** Who has the handler. */
const OWNERS: readonly (readonly [string, string])[] = [
  ['the left', 'a, b = setmetatable({}, m), {}'],
  ['the right', 'a, b = {}, setmetatable({}, m)'],
  ['both', 'a, b = setmetatable({}, m), setmetatable({}, m)'],
  [
    'each its own',
    'a, b = setmetatable({}, m), setmetatable({}, { [event] = function() return "second" end })',
  ],
  ['the left, beside a number', 'a, b = setmetatable({}, m), 5'],
  ['the right, beside a string', 'a, b = "s", setmetatable({}, m)'],
  ['a userdata', 'a = newproxy(true) getmetatable(a)[event] = handler b = a'],
]

function events(): Program[] {
  return ARITHMETIC_EVENTS.flatMap(([event, expression]) =>
    HANDLERS.map(([what, handler]) => ({
      title: `${event} in ${expression} being ${what}`,
      source: [
        'local event, handler, m, a, b',
        'local function name(v) if rawequal(v, a) then return "a" elseif rawequal(v, b) then return "b" elseif type(v) == "table" then return "table" end return tostring(v) end',
        'local function show(...) local s = {} for i = 1, select("#", ...) do s[i] = name((select(i, ...))) end print("handler", unpack(s)) end',
        `event, handler = "${event}", ${handler}`,
        'm = { [event] = handler }',
        ...OWNERS.map(
          ([, set]) => `${set} print(pcall(function() local v = ${expression} return name(v) end))`,
        ),
      ].join('\n'),
    })),
  )
}

/** Library functions, with arguments that they take. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  assert: 'true, "no"',
  error: '"e", 0',
  getfenv: '0',
  getmetatable: '{}',
  ipairs: '{}',
  load: 'function() end, "=c"',
  loadstring: '"return 1", "=c"',
  next: '{}',
  pairs: '{}',
  pcall: 'type, 1',
  rawequal: '1, 1',
  rawget: '{}, 1',
  rawset: '{}, 1, 2',
  select: '1, 2, 3',
  setfenv: 'function() end, {}',
  setmetatable: '{}, {}',
  tonumber: '"10", 8',
  tostring: '1',
  type: '1',
  unpack: '{ 1, 2 }, 1, 2',
  xpcall: 'type, type',
  newproxy: 'true',
  'string.byte': '"abc", 1, 2',
  'string.char': '65, 66',
  'string.dump': 'print',
  'string.find': '"abc", "b", 1, true',
  'string.format': '"%d %s", 1, "x"',
  'string.gmatch': '"abc", "."',
  'string.gsub': '"abc", "b", "x", 1',
  'string.len': '"abc"',
  'string.lower': '"ABC"',
  'string.match': '"abc", "b", 1',
  'string.rep': '"ab", 3',
  'string.reverse': '"abc"',
  'string.sub': '"abc", 2, 3',
  'string.upper': '"abc"',
  'table.concat': '{ 1, 2, 3 }, ",", 1, 2',
  'table.foreach': '{ 1 }, function() end',
  'table.foreachi': '{ 1 }, function() end',
  'table.getn': '{ 1 }',
  'table.insert': '{ 1 }, 1, 2',
  'table.maxn': '{ 1 }',
  'table.remove': '{ 1 }, 1',
  'table.setn': '{ 1 }, 1',
  'table.sort': '{ 2, 1 }, function(a, b) return a < b end',
  'math.abs': '-1',
  'math.acos': '1',
  'math.asin': '0',
  'math.atan': '0',
  'math.atan2': '0, 1',
  'math.ceil': '1.5',
  'math.cos': '0',
  'math.cosh': '0',
  'math.deg': '0',
  'math.exp': '0',
  'math.floor': '1.5',
  'math.fmod': '5, 3',
  'math.frexp': '8',
  'math.ldexp': '1, 3',
  'math.log': '1',
  'math.log10': '100',
  'math.max': '1, 2',
  'math.min': '1, 2',
  'math.modf': '1.5',
  'math.pow': '2, 3',
  'math.rad': '0',
  'math.randomseed': '1',
  'math.sin': '0',
  'math.sinh': '0',
  'math.sqrt': '4',
  'math.tan': '0',
  'math.tanh': '0',
  'coroutine.create': 'function() end',
  'coroutine.resume': 'coroutine.create(function(...) return ... end), 1',
  'coroutine.running': '',
  'coroutine.status': 'coroutine.create(function() end)',
  'coroutine.wrap': 'function() end',
  'coroutine.yield': '1',
}

const WRONG = ['nil', 'true', '"x"', '"7"', '-1', '2.5', '{}', 'print', 'coroutine.create(print)']

/** Splits arguments at commas outside brackets and strings; none of the strings here holds one. */
function split(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  const text = list.replace(/","/g, '"\u0001"')
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if ('({'.includes(c)) depth++
    else if (')}'.includes(c)) depth--
    else if (c === ',' && depth === 0 && !/function\([^)]*$/.test(text.slice(from, i))) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  const trimmed = parts.map((part) => part.trim().replace('\u0001', ','))
  return /^function.*return/.test(trimmed.at(-1) ?? '') || list.includes('end')
    ? rejoin(trimmed)
    : trimmed
}

/** Puts the pieces of functions together again. */
function rejoin(parts: readonly string[]): string[] {
  const joined: string[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    const open = last?.match(/\bfunction\b/g)?.length ?? 0
    const closed = last?.match(/\bend\b/g)?.length ?? 0
    if (last !== undefined && open > closed) joined[joined.length - 1] = `${last}, ${part}`
    else joined.push(part)
  }
  return joined
}

function libraries(): Program[] {
  const shown =
    'local function show(ok, ...) if not ok then return print(...) end local s = {} for i = 1, select("#", ...) do local v = select(i, ...) s[i] = type(v) == "string" and ("%q"):format(v) or type(v) == "number" and v or type(v) end print(ok, unpack(s)) end'
  return Object.entries(FUNCTIONS).flatMap(([name, good]) => {
    const args = good === '' ? [] : split(good)
    const calls = (list: readonly string[]): string[] => {
      const tail = list.length === 0 ? '' : `, ${list.join(', ')}`
      const printed = `show(pcall(${name}${tail}))\nshow(pcall(function() return (${name}(${list.join(', ')})) end))`
      const called = `show(pcall(function() local f = ${name} local r = f(${list.join(', ')}) return r end))`
      return [printed, called]
    }
    return [
      {
        title: `${name} with too few and too many arguments`,
        source: [
          shown,
          ...args.flatMap((_, n) => calls(args.slice(0, n))),
          ...calls(args),
          ...calls([...args, 'nil', '1']),
        ].join('\n'),
      },
      ...args.map((_, n) => ({
        title: `${name} with another kind of argument ${n + 1}`,
        source: [
          shown,
          ...WRONG.filter((wrong) => !(wrong === '"7"' && name.endsWith('fenv'))).flatMap((wrong) =>
            calls(args.map((arg, i) => (i === n ? wrong : arg))),
          ),
        ].join('\n'),
      })),
    ]
  })
}

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  d: [
    '0',
    '1',
    '-1',
    '123456789',
    '-123456',
    '1.9',
    '-1.9',
    '2^31',
    '2^53',
    '-2^63',
    '"12"',
    '0/0',
    '1/0',
  ],
  i: ['0', '7', '-7', '1e15'],
  u: ['0', '7', '2^32', '2^53', '-1'],
  c: ['65', '0', '255', '321'],
  x: ['0', '255', '65536', '2^40', '-1'],
  X: ['0', '255', '48879', '-1'],
  o: ['0', '8', '511', '-1'],
  e: ['0', '1', '-1.5', '123456.789', '1e-10', '1e100', '5e-324', '1/0', '-1/0'],
  E: ['0', '1', '123456.789', '1e-10', '1/0'],
  f: ['0', '-0', '1', '1.5', '2.5', '-1e15', '123456.789', '1e-7', '0.1', '1e22', '1/0', '-1/0'],
  g: ['0', '1', '100000', '1e6', '1e15', '1e-4', '1e-5', '0.1', '123456789', '1/0', '-1/0', '2^53'],
  G: ['1e20', '1e-10', '1.5', '1/0'],
  s: ['"abc"', '""', '"a\\0b"', '12', '1.5', '"long word here"'],
  q: ['"abc"', '"a\\"b"', '"a\\nb"', '"a\\\\b"', '"a\\0b"', '"\\r"', '12'],
}
const FLAGS = [
  '',
  '5',
  '-5',
  '05',
  '+',
  ' ',
  '#',
  '.0',
  '.3',
  '.10',
  '8.3',
  '-8.3',
  '+08.3',
  '-+5',
  '20',
  '.',
  '5.',
]

function formats(): Program[] {
  return Object.entries(FORMATS).flatMap(([conversion, values]) =>
    FLAGS.filter((flags) => conversion !== 'q' || flags === '').map((flags) => ({
      title: `string.format %${flags}${conversion}`,
      source: values
        .map((value) => `print(pcall(string.format, "[%${flags}${conversion}]", ${value}))`)
        .join('\n'),
    })),
  )
}

const PATTERNS = [
  'a',
  'b+',
  'b*',
  'b-',
  'b?',
  '^a',
  'c$',
  '^abc$',
  '.',
  '.*',
  '.-',
  '.+c',
  '(b)',
  '(a)(b)',
  '()',
  '()b()',
  '(a(b)c)',
  '((b))',
  '%a',
  '%a+',
  '%d+',
  '%D+',
  '%s',
  '%S+',
  '%w+',
  '%W+',
  '%p',
  '%P+',
  '%c',
  '%l+',
  '%u+',
  '%x+',
  '%X',
  '%z',
  '%Z+',
  '[abc]',
  '[^abc]',
  '[a-c]+',
  '[^a-c]+',
  '[]]',
  '[^]]',
  '[a-]',
  '[-a]',
  '[%a_]+',
  '[%]]',
  '[a-%]',
  '[%a-z]',
  '[^%s]+',
  '%(',
  '%)',
  '%%',
  '%.',
  '%b()',
  '%b[]',
  '%bxx',
  '%f[%w]%w+',
  '%f[%W]',
  '(%w+)=(%w+)',
  '(%w)%1',
  '(.)(.)%2%1',
  '^(%s*)',
  '(%s*)$',
  '^$',
  '$',
  '^',
  '$a',
  'a^',
  'a$b',
  '%',
  '[',
  '[a',
  '[^',
  '[%',
  '(',
  ')',
  '(a',
  'a)',
  '%1',
  '(a)%2',
  '%b',
  '%bx',
  '%f',
  '%f(a)',
  '(()',
  '*',
  '+a',
  '-',
  '?',
  'a**',
  'a+*',
  '[a-c-e]',
  '[z-a]',
  '\\0',
  'a\\0b',
  '%g',
  '%q',
  '[[]',
  '[[:alpha:]]',
  '(((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))',
  '.-b',
  'a.-b',
  '(a*)(b*)(c*)',
] as const
const SUBJECTS = [
  '""',
  '"abc"',
  '"aabbcc abc"',
  '"key=value, k2 = v2"',
  '"f(a(b)c)[x]"',
  '"  trim  "',
  '"a\\0b\\0"',
  '"THE (quick) fox_1"',
  '"10.5%"',
  '"]-^"',
]

function patterns(): Program[] {
  return PATTERNS.map((pattern) => {
    const quoted = `"${pattern.replace(/\\(?!0)/g, '\\\\')}"`
    return {
      title: `the pattern ${pattern}`,
      source: [
        `local p = ${quoted}`,
        `for i, s in ipairs { ${SUBJECTS.join(', ')} } do`,
        '  print(i, pcall(string.find, s, p))',
        '  print(pcall(string.match, s, p, 2))',
        '  print(pcall(string.match, s, p, -3))',
        '  print(pcall(string.gsub, s, p, "<%0>"))',
        '  print(pcall(string.gsub, s, p, "%1|", 2))',
        '  print(pcall(string.gsub, s, p, function(...) return select("#", ...) .. tostring((...)) end))',
        '  print(pcall(string.gsub, s, p, { a = "A", b = false, ["1"] = 1 }))',
        '  print(pcall(function() for a, b in string.gmatch(s, p) do io = (io or 0) + 1 print(a, b) if io > 60 then break end end end))',
        'end',
      ].join('\n'),
    }
  })
}

const LITERALS = [
  '0',
  '1',
  '-1',
  '1.',
  '.5',
  '1.5',
  '100',
  '1e3',
  '1E3',
  '1e+3',
  '1e-3',
  '1.5e10',
  '1e14',
  '1e15',
  '1e16',
  '123456789012345',
  '1234567890123456',
  '0.1',
  '0.2',
  '0.1 + 0.2',
  '1/3',
  '2/3',
  '100/3',
  '1e100',
  '1e308',
  '1e309',
  '-1e309',
  '1e-308',
  '5e-324',
  '1e-324',
  '0x10',
  '0xff',
  '0XFF',
  '0xFFFFFFFF',
  '0x7fffffffffffffff',
  '0xffffffffffffffff',
  '0x10000000000000000',
  '2^53',
  '2^53 + 1',
  '2^63',
  '2^64',
  '-2^63',
  '0/0',
  '1/0',
  '-1/0',
  '-0',
  '0 * -1',
  '3 % 2',
  '-3 % 2',
  '3 % -2',
  '-3 % -2',
  '5.5 % 2',
  '-5.5 % 2',
  '1 % 0',
  '1 % (1/0)',
  '-1 % (1/0)',
  '0 % 1',
  '-0 % 1',
  '1e15 % 7',
  '2^0.5',
  '(-8)^(1/3)',
  '0^0',
  '2^-1',
  '-2^2',
  '2^3^2',
  '99999999999999',
  '999999999999999',
  '0.1e1',
  '3.14159265358979',
  '3.141592653589793',
  '1e21',
  '123e-7',
  '0.00001',
  '0.0001',
  '12345678.9',
  '1e5',
  '100000',
  '1000000',
  '1e14 + 0.5',
  '1e13 + 0.25',
  '3e',
  '0x',
  '1..2',
  '1...2',
  '1.2.3',
  '08',
  '1_000',
  '0xg',
  '1e',
  '1e+',
  '0x1p4',
  '0x.8',
  '.',
  '5a',
  '0b1',
  '1e5.5',
  '3 .. 4',
  '3..""',
]

function literals(): Program[] {
  return LITERALS.map((literal) => ({
    title: `the number ${literal}`,
    source:
      `print(pcall(loadstring, 'return ${literal}', '=n'))\nlocal f = loadstring('return ${literal}')\nif f then local v = f() print(v, v == v, 1 / v, v .. '', type(v), tostring(v), tonumber('${literal}'), tonumber(' ${literal} '), math.floor(v), ("%.17g"):format(v)) end\nprint(tonumber('${literal}'), tonumber('-${literal}'), tonumber('${literal}', 16), tonumber('${literal}', 36), tonumber('\\t${literal}\\n'), tonumber('${literal}x'))`.replace(
        /print\(pcall\(loadstring, ('.*'), '=n'\)\)/,
        (_, text) => `print(select(2, loadstring(${text}, '=n')))`,
      ),
  }))
}

function loops(): Program[] {
  const ranges = [
    '1, 3',
    '3, 1',
    '1, 1',
    '3, 1, -1',
    '1, 10, 3',
    '10, 1, -4',
    '1, 2, 0.25',
    '0, 1, 0.1',
    '1, 0, 1',
    '-3, -1',
    '0.5, 3',
    '"1", "3"',
    '1, "3", "1"',
    '1, 3, 0',
    '3, 1, 0',
    '1, 0, 0',
    '0/0, 3',
    '1, 0/0',
    '1, 3, 0/0',
    '1, 1/0, 1e308',
    '1/0, 1/0',
    '-1/0, 0',
    '2^53, 2^53 + 4',
    '1, 3, -1',
    '-0, 0',
    '1e15, 1e15 + 2, 0.5',
    '"a", 2',
    '1, {}',
    '1, 2, nil',
    'nil, 1',
    '1, print',
    'true, 2',
    '1, 3, "x"',
  ]
  return ranges.map((range) => ({
    title: `for i = ${range}`,
    source: [
      `print(pcall(function() local n, s = 0, 0 for i = ${range} do n = n + 1 s = s + i print(i) if n > 14 then break end end return n, s end))`,
      `local f = {} print(pcall(function() for i = ${range} do local j = i * 2 f[#f + 1] = function() j = j + 1 return i, j end i = i + 100 if #f > 3 then break end end end))`,
      'for k = 1, #f do print(f[k]()) print(f[k]()) end',
    ].join('\n'),
  }))
}

/** Programs whose tokens are left out, doubled or exchanged, one after the other. */
const WHOLE = [
  'local a, b = 1, "x" if a == 1 then b = a else b = nil end return b',
  'for i = 1, 10 do while true do break end end',
  'for k, v in pairs(t) do print(k, v) end',
  'function t.a:m(x, ...) return self, ... end',
  'local function f(a) repeat local x = f until x end',
  't = { 1, a = 2, ["b"] = 3; f() }',
  'a.b["c"].d, e = not x, -y ^ 2 .. "s"',
  'f{1}(2)"3":m[[4]]',
  'do local x = (function() return 1 end)() end ;',
  'return function(a, b) return a and b or #a < 3 end',
]
const STRANGE = [
  '=',
  '==',
  'end',
  'then',
  '(',
  ')',
  '{',
  'nil',
  '...',
  '"s"',
  '5',
  'x',
  ';',
  '@',
  '..',
  'local',
  'function',
  "'open",
  '[[open',
  '[=',
  '\\',
  '"\\400"',
]

const tokensOf = (source: string): string[] =>
  source.match(/"[^"]*"|\[\[.*?\]\]|[\w]+|\.{1,3}|[=~<>]=|[^\s]/g) ?? []

function mistakes(): Program[] {
  return WHOLE.flatMap((source) => {
    const tokens = tokensOf(source)
    return tokens.map((token, at) => {
      const variants = [
        [...tokens.slice(0, at), ...tokens.slice(at + 1)],
        [...tokens.slice(0, at), token, token, ...tokens.slice(at + 1)],
        tokens.slice(0, at),
        ...STRANGE.map((other) => [...tokens.slice(0, at), other, ...tokens.slice(at + 1)]),
        ...STRANGE.map((other) => [...tokens.slice(0, at), other, ...tokens.slice(at)]),
      ]
      return {
        title: `mistakes at token ${at + 1} (${token}) of: ${source}`,
        source: variants
          .map(
            (list) =>
              `print(select(2, loadstring([====[${list.join(at % 2 === 0 ? '\n' : ' ')}]====], "=s")))`,
          )
          .join('\n')
          // What parses is a function, whose address is nobody's business.
          .replaceAll('print(select(2, loadstring(', 'print(select(2, loadstring('),
      }
    })
  })
}

/** All families by name. */
export const families: Readonly<Record<string, readonly Program[]>> = {
  operators: operators(),
  names: names(),
  stores: stores(),
  events: events(),
  libraries: libraries(),
  formats: formats(),
  patterns: patterns(),
  literals: literals(),
  loops: loops(),
  mistakes: mistakes(),
}
