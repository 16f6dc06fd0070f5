/**
 * Random scripts with `redis.call`, here and on a real server: replies and errors compared byte by byte,
 * and all of the data now and then.
 *
 *     npm run test:scripts -- --scripts 100000 --seed 7
 *     RESPITE_ORACLE=/path/to/redis-server npm run test:scripts
 */
import { parseArgs } from 'node:util'
import { Random } from '../../src/util/random.ts'
import { encodeRequest, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { compareVersions, type Real, startReal } from '../helpers/real.ts'
import { ScriptGenerator, type ScriptRequest } from './script-generator.ts'

export interface ScriptDifference {
  readonly number: number
  readonly argv: readonly string[]
  readonly ours: string
  readonly theirs: string
}

/** Scripts between two looks at the data, which are then emptied. */
const ROUND = 50
/** Connections: one of RESP2, one of RESP3. */
const LINKS = 2

/** The keys of the generator, and what tells all of a value. */
const LOOK = `local seen = {}
for _, k in ipairs({ 's', 'n', 'l', 'h', 'z', 'set', 'x', 'none' }) do
  local kind = redis.call('TYPE', k).ok
  local value = ''
  if kind == 'string' then value = redis.call('GET', k)
  elseif kind == 'list' then value = redis.call('LRANGE', k, 0, -1)
  elseif kind == 'hash' then local all = redis.call('HGETALL', k) local pairs = {}
    for i = 1, #all, 2 do pairs[#pairs + 1] = all[i] .. '=' .. all[i + 1] end table.sort(pairs) value = pairs
  elseif kind == 'set' then value = redis.call('SMEMBERS', k) table.sort(value)
  elseif kind == 'zset' then value = redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')
  elseif kind == 'stream' then value = redis.call('XLEN', k) end
  seen[#seen + 1] = { k, kind, value, redis.call('TTL', k) >= 0 }
end
return seen`

/** Compares so many scripts; stops at `most` differences. */
export async function compareScripts(
  real: Real,
  seed: number,
  from: number,
  to: number,
  most = 5,
): Promise<ScriptDifference[]> {
  const ours = new Ours(Date.now())
  const links = await Promise.all(Array.from({ length: LINKS }, () => TcpLink.open(real.port)))
  const found: ScriptDifference[] = []
  const compare = async (link: number, requests: readonly ScriptRequest[], first: number) => {
    const theirs = links[link] as TcpLink
    const mine = ours.link(link)
    for (const [i, { argv, loose }] of requests.entries()) {
      theirs.write(encodeRequest(argv))
      mine.write(encodeRequest(argv))
      const got = mine.inbox.take()?.toString('latin1') ?? 'nothing'
      const wanted = (await theirs.next())?.toString('latin1') ?? 'nothing'
      const form = loose ? sorted : comparable
      if (wanted === 'nothing') throw new Error(`the server is gone: ${argv.join(' ')}`)
      if (form(got) !== form(wanted)) {
        found.push({ number: first + i, argv, ours: got, theirs: wanted })
        // What comes behind may follow from it.
        return
      }
    }
  }
  const look = [{ argv: ['EVAL', LOOK, '0'], loose: false }]
  const generator = new ScriptGenerator(compareVersions(real.version, '7.2') < 0)
  try {
    await (links[1] as TcpLink).call(['HELLO', '3'])
    ours.link(1).write(encodeRequest(['HELLO', '3']))
    ours.link(1).inbox.takeAll()
    for (let at = from; at < to && found.length < most; at += ROUND) {
      await compare(0, [{ argv: ['FLUSHALL'], loose: false }], at)
      const requests = Array.from({ length: Math.min(ROUND, to - at) }, (_, i) =>
        generator.request(new Random(seed * 1_000_003 + at + i)),
      )
      const before = found.length
      await compare((at / ROUND) % LINKS, requests, at)
      if (found.length === before) await compare(0, look, at)
    }
  } finally {
    for (const link of links) link.close()
  }
  return found
}

/** The same, whatever the order of its bytes. */
const sorted = (reply: string): string => [...comparable(reply)].sort().join('')

/** Without the addresses of tables and functions. */
const comparable = (reply: string): string => reply.replace(/0x[0-9a-f]{8,16}/g, '0xADDRESS')

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scripts: { type: 'string', default: '10000' },
      seed: { type: 'string' },
      from: { type: 'string', default: '0' },
    },
  })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const from = Number(values.from)
  const end = from + Number(values.scripts)
  const real = await startReal()
  console.log(`seed ${seed}, redis-server ${real.version}`)
  let different = 0
  let at = from
  try {
    for (; at < end && different < 10; at += 1000) {
      const found = await compareScripts(real, seed, at, Math.min(at + 1000, end))
      different += found.length
      for (const { number, argv, ours, theirs } of found) {
        console.log(
          `\nscript ${number}: ${argv
            .slice(2)
            .map((word) => JSON.stringify(word))
            .join(' ')}`,
        )
        console.log(argv[1])
        console.log(`  theirs: ${JSON.stringify(theirs)}\n  ours:   ${JSON.stringify(ours)}`)
      }
    }
  } finally {
    real.stop()
  }
  console.log(`${Math.min(at, end) - from} scripts compared, ${different} different`)
  process.exitCode = different === 0 ? 0 : 1
}

if (process.argv[1]?.endsWith('scripts.ts')) void main()
