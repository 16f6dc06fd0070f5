/**
 * The oracle suite: every script in this folder, run on Respite and on a real server in RESP2 and in
 * RESP3, replies compared byte by byte. `test/helpers/script.ts` has the format.
 *
 *     npx vitest run test/compat/compat.test.ts -t string
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Resp } from '../../src/engine/client.ts'
import { encodeRequest, shape, show, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { asSince8, compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { type Case, parseScript, type Step } from '../helpers/script.ts'
import { type Bounded, differences } from './differences.ts'

const version = oracleVersion()
const folder = new URL('.', import.meta.url)
const cases: Case[] = readdirSync(folder)
  .filter((name) => name.endsWith('.redis'))
  .sort()
  .flatMap((name) =>
    parseScript(name.replace(/\.redis$/, ''), readFileSync(new URL(name, folder), 'utf8')),
  )
const applicable = cases.filter(
  ({ since, until }) =>
    (since === null || compareVersions(version, since) >= 0) &&
    (until === null || compareVersions(version, until) <= 0),
)

let real: Real
let defaults: Map<string, string>
let compared = 0

beforeAll(async () => {
  real = await startReal()
  defaults = await real.config()
})

afterAll(async () => {
  await real?.stop()
  const skipped = cases.length - applicable.length
  const other = skipped === 0 ? '' : `, ${skipped} cases are for other versions`
  console.log(
    `${compared} replies of ${applicable.length} cases compared with Redis ${real?.version}${other}`,
  )
})

/** A reply that is not the same on both sides. */
class Difference extends Error {}

function differ(
  step: Step | null,
  file: string,
  ours: Buffer | null,
  theirs: Buffer | null,
): never {
  const where =
    step === null ? 'at the end of the case' : `${step.text}\n    (${file}.redis:${step.line})`
  const text = (bytes: Buffer | null) => (bytes === null ? '      (nothing)' : show(bytes))
  const error = new Difference(
    `the replies differ\n\n    ${where}\n\n    Redis:\n${text(theirs)}\n\n    Respite:\n${text(ours)}\n`,
  )
  error.stack = error.message
  throw error
}

/** What stands for `{id:2}` and `{addr:2}` in a script, on either side. */
type Names = Map<string, string>

const named = (argv: readonly string[], names: Names): string[] =>
  argv.map((word) => word.replace(/\{(?:id|addr):\d+\}/g, (name) => names.get(name) ?? name))

/** Run one case on both sides. Throws a Difference at the first one. */
async function play({ file, steps }: Case, resp: Resp): Promise<void> {
  const links = new Map<number, TcpLink>()
  const ours = new Ours(Date.now())
  const ourNames: Names = new Map()
  const theirNames: Names = new Map()
  const asks = steps.some(({ argv }) => argv.some((word) => /\{(id|addr):/.test(word)))
  const open = async (number: number): Promise<TcpLink> => {
    const existing = links.get(number)
    if (existing !== undefined) return existing
    const link = await TcpLink.open(real.port)
    links.set(number, link)
    if (asks) {
      const info = String(await link.call(['CLIENT', 'INFO']))
      const { client } = ours.link(number).connection
      theirNames.set(`{id:${number}}`, /id=(\d+)/.exec(info)?.[1] as string)
      theirNames.set(`{addr:${number}}`, /addr=(\S+)/.exec(info)?.[1] as string)
      ourNames.set(`{id:${number}}`, String(client.id))
      ourNames.set(`{addr:${number}}`, client.address)
    }
    if (resp === 3) {
      await link.call(['HELLO', '3'])
      ours.link(number).write(encodeRequest(['HELLO', '3']))
      ours.link(number).inbox.take()
    }
    return link
  }
  try {
    for (const step of steps) {
      if (step.kind === 'sleep') {
        await new Promise((resolve) => setTimeout(resolve, step.number))
        ours.clock += step.number
        continue
      }
      const link = await open(step.number)
      const mine = ours.link(step.number)
      if (step.kind !== 'read') {
        link.write(encodeRequest(named(step.argv, theirNames)))
        mine.write(encodeRequest(named(step.argv, ourNames)))
        if (step.kind === 'send') {
          // One round trip: the server has read what was sent before it.
          await real.control.call(['PING'])
          continue
        }
      }
      let reply = mine.inbox.take()
      const asked = performance.now()
      const theirs = await link.next(reply === null ? 1000 : 3000)
      const expected = theirs === null ? null : asSince8(theirs)
      if (reply === null && expected !== null) {
        // A blocking command whose time was up: as much time has passed on our side.
        ours.clock += Math.ceil(performance.now() - asked)
        reply = mine.inbox.take()
      }
      compared++
      if (reply === null || expected === null) {
        if (reply !== expected || !link.inbox.ended) differ(step, file, reply, expected)
      } else if (step.shapeOnly) {
        // What HELLO tells of modules is the server's own affair.
        const hello = /^hello$/i.test(step.argv[0] ?? '') && reply[0] === expected[0]
        if (!hello && shape(reply) !== shape(expected)) differ(step, file, reply, expected)
      } else if (!reply.equals(expected)) differ(step, file, reply, expected)
    }
    // Nothing may be left over, on either side.
    await real.control.call(['PING'])
    await new Promise((resolve) => setImmediate(resolve))
    for (const [number, link] of links) {
      const rest = ours.link(number).inbox.takeAll()
      const expected = asSince8(link.inbox.takeAll())
      if (!rest.equals(expected)) differ(null, file, rest, expected)
    }
  } finally {
    for (const link of links.values()) link.close()
    await restore(steps)
  }
}

/** Make the real server as new: the next case begins with its own connections on no data. */
async function restore(steps: readonly Step[]): Promise<void> {
  const { control } = real
  await control.call(['CLIENT', 'UNPAUSE'])
  await control.call(['CLIENT', 'KILL', 'SKIPME', 'yes'])
  if (steps.some(({ argv }) => argv[0]?.toLowerCase() === 'config')) {
    for (const [name, value] of await real.config()) {
      const initial = defaults.get(name)
      if (initial !== undefined && value !== initial) {
        await control.call(['CONFIG', 'SET', name, initial])
      }
    }
    await control.call(['CONFIG', 'RESETSTAT'])
  }
  await control.call(['FLUSHALL'])
  await control.call(['FUNCTION', 'FLUSH'])
  await control.call(['SCRIPT', 'FLUSH'])
}

for (const file of new Set(applicable.map((c) => c.file))) {
  describe(file, () => {
    for (const script of applicable.filter((c) => c.file === file)) {
      for (const resp of [2, 3] as const) {
        it(`${script.title} › RESP${resp}`, async () => {
          const name = `${file} › ${script.title}`
          const reason = differences[`${name} › RESP${resp}`] ?? differences[name]
          if (reason === undefined || !concerns(reason)) return play(script, resp)
          const same = await play(script, resp).then(
            () => true,
            (error) => {
              if (!(error instanceof Difference)) throw error
              return false
            },
          )
          if (same) throw new Error(`'${name}' does not differ any more: take it off the list`)
        })
      }
    }
  })
}

/** Whether it is said of this oracle. */
function concerns(reason: string | Bounded): boolean {
  if (typeof reason === 'string') return true
  const { since, until } = reason
  if (since !== undefined && compareVersions(version, since) < 0) return false
  return until === undefined || compareVersions(version, until) <= 0
}

describe('differences', () => {
  it('every known difference names a case', () => {
    const names = new Set(
      cases.flatMap((c) => ['', ' › RESP2', ' › RESP3'].map((p) => `${c.file} › ${c.title}${p}`)),
    )
    const stray = Object.keys(differences).filter((name) => !names.has(name))
    if (stray.length > 0) throw new Error(`no such case: ${stray.join(', ')}`)
  })
})
