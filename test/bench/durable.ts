/**
 * Durable writes by policy and by how many callers there are, and how fast a folder is rewritten and loaded,
 * beside `redis-server --appendonly yes`.
 */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

const POLICIES = ['always', 'everysec', 'no'] as const
const CALLERS = [1, 16, 256] as const

export async function measureDurable(effort: Effort): Promise<Row[]> {
  return [...(await writes(effort)), ...(await folders(effort))]
}

async function writes(effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  const ms = effort.pick(2000, 700)
  for (const policy of POLICIES) {
    for (const callers of CALLERS) {
      const run = (variant: string) => () => child('durable', [variant, policy, callers, ms])
      const seen = await interleave(
        { ours: run('ours'), tcp: run('tcp'), real: run('real') },
        effort.repetitions,
      )
      const peer = { name: 'redis-server', figure: of(seen, 'real', 'rate') }
      const shared = {
        section: 'Writes that are acknowledged, files, Node',
        unit: 'writes/s',
        promised: null,
        peer,
      }
      const what = `${policy}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`
      rows.push({ ...shared, what: `${what}, TCP`, ours: of(seen, 'tcp', 'rate') })
      rows.push({ ...shared, what: `${what}, in the process`, ours: of(seen, 'ours', 'rate') })
    }
  }
  return rows
}

async function folders(effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  for (const count of effort.pick([10_000, 1_000_000], [10_000, 100_000])) {
    const run = (variant: string) => () => child('folder', [variant, count], { timeoutMs: 600_000 })
    const seen = await interleave({ ours: run('ours'), real: run('real') }, effort.repetitions)
    const section = `Append-only files, ${count / 1000} k keys, Node`
    for (const [figure, what] of [
      ['journalLoad', 'load of the journal'],
      ['baseLoad', 'load of the base'],
      ['save', 'rewrite'],
    ] as const) {
      for (const [suffix, unit] of [
        ['', 'MB/s'],
        ['Ms', 'ms'],
      ] as const) {
        const peer = { name: 'redis-server', figure: of(seen, 'real', figure + suffix) }
        const ours = of(seen, 'ours', figure + suffix)
        rows.push({ section, what, unit, ours, peer, promised: null })
      }
    }
    const block = (what: string, figure: string): Row => ({
      ...{ section, what, unit: 'ms', ours: of(seen, 'ours', figure) },
      promised: figure === 'saveBlock' ? GOALS.snapshotBlockMs : null,
    })
    rows.push(block('longest block, rewrite', 'saveBlock'))
    rows.push(block('longest block, load', 'loadBlock'))
  }
  return rows
}
