/**
 * In Chromium: durable writes by policy and callers, beside what else keeps data in IndexedDB, those in
 * OPFS beside those in IndexedDB, and how
 * even frames are while a million keys are saved under 5,000 writes a second.
 *
 * `PGLITE=FOLDER` names the `dist` folder of `@electric-sql/pglite`; without it that peer is left out.
 */
import { type Global, type Open, withPages } from './browser.ts'
import type { Writer } from './page/main.ts'
import { type Row, type Spread, spread } from './report.ts'
import { type Effort, type Figures, interleave, of, type Variants } from './run.ts'

const POLICIES = ['always', 'everysec', 'no'] as const
const CALLERS = [1, 16, 256] as const
const WRITES = 5000
/** Upper borders of the columns, in milliseconds. */
const BORDERS = [17.5, 20, 25, 34, 50, Number.POSITIVE_INFINITY] as const

export function measureWriters(effort: Effort): Promise<Row[]> {
  const { PGLITE: pglite } = process.env
  const files = pglite === undefined ? {} : { pglite }
  return withPages((open) => writes(open, effort, pglite !== undefined), files)
}

export const measureFrames = (effort: Effort): Promise<Row[]> =>
  withPages((open) => frames(open, effort))

async function writes(open: Open, effort: Effort, withPostgres: boolean): Promise<Row[]> {
  const ms = effort.pick(2000, 700)
  const rows: Row[] = []
  const run = (kind: Writer, policy: string, callers: number) => async (): Promise<Figures> => {
    const args: [Writer, string, number, number] = [kind, policy, callers, ms]
    const rate = await open((page) =>
      page.evaluate((args) => (globalThis as unknown as Global).bench.writers(...args), args),
    )
    // There are many of them, and a peer may take its time.
    process.stderr.write(`\n  ${kind} ${policy}, ${callers}: ${rate.toFixed(0)} writes/s`)
    return { rate }
  }
  const peers: [Writer, string][] = [
    ['raw', 'raw, strict'],
    ['rawRelaxed', 'raw, relaxed'],
    ['idbKeyval', 'idb-keyval (relaxed)'],
    ...(withPostgres ? [['pglite', 'PGlite'] as [Writer, string]] : []),
  ]
  for (const callers of CALLERS) {
    const variants: Record<string, () => Promise<Figures>> = {}
    for (const policy of POLICIES) {
      variants[policy] = run('respite', policy, callers)
      for (const kind of ['opfs', 'worker'] as const) {
        variants[`${kind} ${policy}`] = run(kind, policy, callers)
      }
    }
    for (const [kind] of peers) variants[kind] = run(kind, '', callers)
    const seen = await interleave(variants as Variants, effort.repetitions)
    for (const policy of POLICIES) {
      rows.push({
        section: 'Writes that are acknowledged, OPFS, Chromium',
        what: `${policy}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
        unit: 'writes/s',
        ours: of(seen, `opfs ${policy}`, 'rate'),
        peer: {
          name: 'ours in IndexedDB, in a worker too',
          figure: of(seen, `worker ${policy}`, 'rate'),
        },
        promised: null,
      })
      for (const [kind, name] of peers) {
        rows.push({
          section: 'Writes that are acknowledged, IndexedDB, Chromium',
          what: `${policy}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
          unit: 'writes/s',
          ours: of(seen, policy, 'rate'),
          peer: { name, figure: of(seen, kind, 'rate') },
          promised: null,
        })
      }
    }
  }
  return rows
}

async function frames(open: Open, effort: Effort): Promise<Row[]> {
  const count = effort.pick(1_000_000, 100_000)
  await open((page) =>
    page.evaluate((n) => (globalThis as unknown as Global).bench.prepare(n), count),
  )
  const before: number[] = []
  const during: number[] = []
  for (let i = 0; i < effort.repetitions; i++) {
    const seen = await open((page) =>
      page.evaluate(
        ([n, rate]) => (globalThis as unknown as Global).bench.frames(n as number, rate as number),
        [count, WRITES],
      ),
    )
    before.push(...seen.before)
    during.push(...seen.during)
  }
  const one = (value: number): Spread => spread([value])
  const share = (lengths: readonly number[], from: number, to: number): number =>
    (100 * lengths.filter((length) => length > from && length <= to).length) / lengths.length
  const section = `Frames while ${count / 1000} k keys are saved, ${WRITES} writes/s, Chromium`
  const row = (
    what: string,
    unit: string,
    figure: (lengths: readonly number[]) => number,
  ): Row => ({
    ...{ section, what, unit, promised: null },
    ours: one(figure(during)),
    peer: { name: 'before it began', figure: one(figure(before)) },
  })
  const sorted = (lengths: readonly number[]) => [...lengths].sort((a, b) => a - b)
  return [
    row('frames', '', (lengths) => lengths.length),
    ...BORDERS.map((to, i) => {
      const from = i === 0 ? 0 : (BORDERS[i - 1] as number)
      const name = to === Number.POSITIVE_INFINITY ? `above ${from} ms` : `up to ${to} ms`
      return row(name, '%', (lengths) => share(lengths, from, to))
    }),
    row('99 of 100 are shorter than', 'ms', (lengths) => {
      const all = sorted(lengths)
      return all[Math.floor(all.length * 0.99)] ?? 0
    }),
    row('longest', 'ms', (lengths) => Math.max(0, ...lengths)),
  ]
}
