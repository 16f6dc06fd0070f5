/**
 * What the bench of the language runs: programs that Lua 5.1 and 5.3 both understand, of some ten
 * milliseconds each, with a number as their result. And scripts as libraries on Redis have them.
 */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'loop, integers': 'local s = 0 for i = 1, 1000000 do s = s + i % 7 end return s',
  'loop, floats': 'local x = 0.5 for i = 1, 500000 do x = x * 1.0000001 + 0.1 / i end return x',
  'while and if': `local i, s = 0, 0
    while i < 600000 do
      i = i + 1
      if i % 3 == 0 then s = s + 1 elseif i % 5 == 0 then s = s + 2 end
    end
    return s`,
  'calls (fib)': `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    return fib(23)`,
  closures: `local function counter() local n = 0 return function(d) n = n + d return n end end
    local s = 0
    for i = 1, 1500 do local f = counter() for j = 1, 100 do s = s + f(j) end end
    return s`,
  varargs: `local function sum(...)
      local s = 0
      for i = 1, select('#', ...) do s = s + (select(i, ...)) end
      return s
    end
    local t = 0
    for i = 1, 25000 do t = t + sum(i, 2, 3, 4) end
    return t`,
  'tables, by number': `local t = {}
    for i = 1, 150000 do t[i] = i end
    local s = 0
    for i = 1, #t do s = s + t[i] end
    return s`,
  'tables, by name': `local p = { x = 1, y = 2, z = 3 }
    for i = 1, 400000 do p.x = p.x + p.y * p.z p.y = i end
    return p.x`,
  'tables, as a hash': `local h = {}
    for i = 1, 60000 do local k = 'k' .. (i % 1000) h[k] = (h[k] or 0) + i end
    local s = 0
    for _, v in pairs(h) do s = s + v end
    return s`,
  methods: `local C = {} C.__index = C
    function C.add(self, n) self.v = self.v + n return self end
    function C.get(self) return self.v end
    local o = setmetatable({ v = 0 }, C)
    for i = 1, 150000 do o:add(i) o:get() end
    return o.v`,
  'ipairs and pairs': `local t = {}
    for i = 1, 1000 do t[i] = i end
    local s = 0
    for r = 1, 100 do
      for _, v in ipairs(t) do s = s + v end
      for _, v in pairs(t) do s = s + v end
    end
    return s`,
  'table.sort': `local t, x = {}, 42
    for i = 1, 8000 do x = (x * 16807) % 2147483647 t[i] = x end
    table.sort(t)
    table.sort(t, function(a, b) return a > b end)
    return t[1]`,
  'strings, joined': `local t = {}
    for i = 1, 50000 do t[#t + 1] = 'key:' .. i end
    return #table.concat(t, ',')`,
  'strings, by byte': `local s, h = ('abcdefghij'):rep(1000), 0
    for i = 1, #s do h = (h * 31 + s:byte(i)) % 1000003 end
    for i = 1, #s, 3 do if s:sub(i, i + 2) == 'abc' then h = h + 1 end end
    return h`,
  'string.format': `local n = 0
    for i = 1, 12000 do n = n + #string.format('%05d:%s:%.2f', i, 'name', i / 3) end
    return n`,
  'patterns, gsub': `local s, n = ('hello world foo bar '):rep(200), 0
    for i = 1, 5 do
      local _, c = s:gsub('%w+', function(w) return w:upper() end)
      n = n + c
    end
    return n`,
  'patterns, gmatch': `local s, n = ('key=value, other = 12; '):rep(500), 0
    for k, v in s:gmatch('(%w+)%s*=%s*(%w+)') do n = n + #k * #v end
    return n`,
  'pcall and error': `local n = 0
    for i = 1, 20000 do
      if pcall(function(x) if x % 4 == 0 then error('no') end end, i) then n = n + 1 end
    end
    return n`,
  coroutines: `local n = 0
    for r = 1, 300 do
      local next = coroutine.wrap(function() for i = 1, 100 do coroutine.yield(i) end end)
      for i = 1, 100 do n = n + next() end
    end
    return n`,
  matrices: `local n = 40
    local function make() local m = {} for i = 1, n do local r = {} for j = 1, n do r[j] = i + j end m[i] = r end return m end
    local a, b, s = make(), make(), 0
    for i = 1, n do
      local row = a[i]
      for j = 1, n do for k = 1, n do s = s + row[k] * b[k][j] end end
    end
    return s`,
}

/** With what only Redis and we have. */
export const CJSON: Readonly<Record<string, string>> = {
  'cjson.encode': `local t = { id = 12, name = 'job', tags = { 'a', 'b', 'c' }, nested = { x = 1.5, ok = true } }
    local n = 0
    for i = 1, 4000 do t.id = i n = n + #cjson.encode(t) end
    return n`,
  'cjson.decode': `local s = '{"id":12,"name":"job","tags":["a","b","c"],"nested":{"x":1.5,"ok":true}}'
    local n = 0
    for i = 1, 4000 do n = n + cjson.decode(s).id end
    return n`,
}

/** A script, and the calls of it that are one turn. */
export interface Script {
  readonly source: string
  /** What must be there. */
  readonly before: readonly (readonly string[])[]
  readonly keys: readonly string[]
  readonly args: (turn: number) => readonly string[]
}

/** In the shape of what queues, limiters and locks run, written for this bench. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  'a counter with an expiry': {
    source: `local n = redis.call('INCR', KEYS[1])
      if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
      return n`,
    before: [],
    keys: ['counter'],
    args: () => ['60000'],
  },
  'release of a lock': {
    source: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
      redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
      return 0`,
    before: [],
    keys: ['lock'],
    args: () => ['token-of-the-owner', '30000'],
  },
  'a limiter with a sliding window': {
    source: `local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
      redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
      local used = redis.call('ZCARD', KEYS[1])
      local allowed = used < most
      if allowed then
        redis.call('ZADD', KEYS[1], now, ARGV[4])
        used = used + 1
      end
      redis.call('PEXPIRE', KEYS[1], window)
      return { allowed and 1 or 0, most - used }`,
    before: [],
    keys: ['limit'],
    args: (turn) => [String(1000 + turn * 10), '1000', '50', `hit-${turn}`],
  },
  'a job from waiting to active': {
    source: `local wait, active, prefix = KEYS[1], KEYS[2], ARGV[1]
      local id = redis.call('RPOPLPUSH', wait, active)
      if not id then return false end
      local key = prefix .. id
      local data = redis.call('HGETALL', key)
      local job = {}
      for i = 1, #data, 2 do job[data[i]] = data[i + 1] end
      redis.call('HSET', key, 'processedOn', ARGV[2], 'attempts', (tonumber(job.attempts) or 0) + 1)
      redis.call('SET', key .. ':lock', ARGV[3], 'PX', 30000)
      redis.call('LREM', active, 1, id)
      redis.call('LPUSH', wait, id)
      return { id, job.name, job.data }`,
    before: [
      ['RPUSH', 'wait', ...Array.from({ length: 50 }, (_, i) => String(i))],
      ...Array.from({ length: 50 }, (_, i) => [
        'HSET',
        `job:${i}`,
        'name',
        'mail',
        'data',
        '{"to":"somebody"}',
      ]),
    ],
    keys: ['wait', 'active'],
    args: (turn) => ['job:', String(1700000000000 + turn), 'worker-1'],
  },
}
