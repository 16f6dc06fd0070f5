/**
 * The language beside PUC's Lua 5.1, fengari and the EVAL of redis-server: runs a second of programs that
 * each is given whole.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { clientOf } from './client.ts'
import { GOALS } from './goals.ts'
import { CJSON, PROGRAMS, SCRIPTS } from './lua-programs.ts'
import { type Row, type Spread, spread } from './report.ts'
import { child, type Effort, type Figures, interleave, type Spreads } from './run.ts'
import { startRedis } from './servers.ts'

const request = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

/** PUC's interpreter, by the clock that it has for the processor. */
function puc(rounds: number): Figures {
  const list = Object.entries(PROGRAMS).map(([name, source]) => `{ '${name}', [==[${source}]==] },`)
  const script = `local best = {}
    local programs = { ${list.join('\n')} }
    for round = 1, ${rounds} do
      for _, p in ipairs(programs) do
        local run = loadstring(p[2])
        local from = os.clock()
        run()
        local took = (os.clock() - from) * 1000
        if not best[p[1]] or took < best[p[1]] then best[p[1]] = took end
      end
    end
    for _, p in ipairs(programs) do print(p[1] .. '\\t' .. best[p[1]]) end`
  const lua = process.env.RESPITE_LUA ?? 'lua5.1'
  const output = execFileSync(lua, ['-'], { input: script, encoding: 'utf8' })
  return Object.fromEntries(
    output
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [string, string])
      .map(([name, ms]) => [name, 1000 / Number(ms)]),
  )
}

/** Milliseconds that the main thread of a process was on a processor; the clock where nobody tells. */
function onProcessor(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** redis-server's EVAL, with all that it costs the server. */
async function redis(rounds: number): Promise<Figures> {
  const server = await startRedis()
  try {
    const client = await clientOf(server.port)
    const figures: Record<string, number> = {}
    for (let round = 0; round < rounds; round++) {
      for (const [name, source] of Object.entries({ ...PROGRAMS, ...CJSON })) {
        const from = onProcessor(server.pid)
        await client.exchange(request('EVAL', source, '0'))
        const rate = 1000 / (onProcessor(server.pid) - from)
        if (!((figures[name] ?? 0) > rate)) figures[name] = rate
      }
    }
    client.end()
    return figures
  } finally {
    await server.stop()
  }
}

/** The geometric mean of some figures, as if it were measured. */
function mean(spreads: Spreads, variant: string, names: readonly string[]): Spread {
  const of = (key: 'min' | 'median' | 'max') =>
    Math.exp(
      names.reduce((sum, name) => sum + Math.log(spreads[variant]?.[name]?.[key] ?? 1), 0) /
        names.length,
    )
  const { runs } = spreads[variant]?.[names[0] as string] ?? spread([1])
  return { min: of('min'), median: of('median'), max: of('max'), runs }
}

/** Turns a second of scripts in redis-server, by what they cost it, a hundred in flight. */
async function redisScripts(seconds: number): Promise<Figures> {
  const server = await startRedis()
  try {
    const client = await clientOf(server.port)
    const figures: Record<string, number> = {}
    for (const [name, { source, before, keys, args }] of Object.entries(SCRIPTS)) {
      await client.exchange([['FLUSHALL'], ...before].map((argv) => request(...argv)).join(''))
      const loaded = await client.exchange(request('SCRIPT', 'LOAD', source))
      const sha = /[0-9a-f]{40}/.exec(loaded)?.[0] ?? ''
      const end = performance.now() + seconds * 1000
      let turn = 0
      let best = 0
      while (performance.now() < end) {
        const batch = Array.from({ length: 100 }, () =>
          request('EVALSHA', sha, String(keys.length), ...keys, ...args(turn++)),
        ).join('')
        const from = onProcessor(server.pid)
        await client.exchange(batch)
        const spent = onProcessor(server.pid) - from
        // The kernel's figure stands still while a process has the processor.
        if (spent > 0) best = Math.max(best, (100 / spent) * 1000)
      }
      figures[name] = best
    }
    client.end()
    return figures
  } finally {
    await server.stop()
  }
}

async function measureScripts(effort: Effort): Promise<Row[]> {
  const seconds = effort.pick(2, 1)
  const run = (variant: string) => () => child('eval', [variant, seconds])
  const seen = await interleave(
    {
      ours: run('ours'),
      fengari: run('fengari'),
      mock: run('mock'),
      redis: () => redisScripts(seconds),
    },
    effort.repetitions,
  )
  const names = Object.keys(SCRIPTS)
  const section = 'Scripts with redis.call'
  const peers = [
    ['fengari', 'fengari, same engine', GOALS.evalFengari],
    ['mock', 'ioredis-mock', GOALS.evalMock],
    ['redis', 'redis-server', null],
  ] as const
  return peers.flatMap(([variant, name, promised]): Row[] => [
    {
      section,
      what: `geometric mean, beside ${name}`,
      unit: 'turns/s',
      ours: mean(seen, 'ours', names),
      peer: { name, figure: mean(seen, variant, names) },
      promised,
    },
    ...names.map((what) => ({
      section,
      what,
      unit: 'turns/s',
      ours: seen.ours?.[what] ?? null,
      peer: { name, figure: seen[variant]?.[what] ?? null },
      promised: null,
    })),
  ])
}

export async function measureLua(effort: Effort): Promise<Row[]> {
  const rounds = effort.pick(7, 3)
  const seen = await interleave(
    {
      ours: () => child('lua', ['ours', rounds]),
      fengari: () => child('lua', ['fengari', effort.pick(3, 2)]),
      puc: async () => puc(rounds),
      redis: () => redis(rounds),
    },
    effort.repetitions,
  )
  const section = 'Lua: all programs in one process'
  const peers = [
    ['fengari', 'fengari', GOALS.luaFengari],
    ['redis', 'EVAL of redis-server', GOALS.luaRedis],
    ['puc', 'PUC Lua 5.1', null],
  ] as const
  const names = Object.keys(PROGRAMS)
  const rows: Row[] = peers.map(([variant, name, promised]) => ({
    section,
    what: `geometric mean, beside ${name}`,
    unit: 'runs/s',
    ours: mean(seen, 'ours', names),
    peer: { name, figure: mean(seen, variant, names) },
    promised,
  }))
  for (const what of [...names, ...Object.keys(CJSON)]) {
    for (const [variant, name] of peers) {
      const figure = seen[variant]?.[what]
      const ours = seen.ours?.[what] ?? null
      if (figure === undefined) continue
      rows.push({ section, what, unit: 'runs/s', ours, peer: { name, figure }, promised: null })
    }
  }
  rows.push(
    {
      section,
      what: 'compiling',
      unit: 'MB/s',
      ours: seen.ours?.['compile, MB/s'] ?? null,
      promised: null,
    },
    {
      section,
      what: 'a new machine with its libraries',
      unit: 'µs',
      ours: seen.ours?.['machine, µs'] ?? null,
      promised: null,
    },
  )
  return [...rows, ...(await measureScripts(effort))]
}
