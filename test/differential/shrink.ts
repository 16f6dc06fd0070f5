/** From a long list of steps that ends in a difference to a short one that does. */
import { BLOCKING } from '../../src/core/command.ts'
import type { Difference, Duel } from './duel.ts'
import type { Call, Segment, Step } from './steps.ts'
import { commandOf } from './workload.ts'

export interface Failure {
  readonly segment: Segment
  readonly difference: Difference
}

/** Plays at most `budget` times. */
export async function shrink(duel: Duel, found: Failure, budget = 600): Promise<Failure> {
  let best = cut(found)
  let left = budget
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    left--
    if (mayWait(steps)) return false
    const segment = { ...best.segment, steps }
    const difference = await duel.play(segment)
    if (difference === null || kindOf(difference) !== kindOf(found.difference)) return false
    best = cut({ segment, difference })
    return true
  }
  // Whole stretches first, then smaller ones, down to single steps.
  for (let size = best.segment.steps.length >> 1; size >= 1 && left > 0; size >>= 1) {
    for (let from = best.segment.steps.length - 1 - size; from >= 0 && left > 0; from -= size) {
      const { steps } = best.segment
      await attempt([...steps.slice(0, from), ...steps.slice(from + size)])
      from = Math.min(from, best.segment.steps.length - 1)
    }
  }
  for (let i = best.segment.steps.length - 1; i >= 0 && left > 0; i--) {
    const step = best.segment.steps[i]
    if (step?.kind !== 'call') continue
    for (let at = step.argv.length - 1; at > 0 && left > 0; at--) {
      const now = best.segment.steps[i] as Call
      const shorter = { ...now, argv: now.argv.filter((_, n) => n !== at) }
      await attempt(best.segment.steps.map((other, n) => (n === i ? shorter : other)))
      if (i >= best.segment.steps.length) break
    }
  }
  return best
}

/** Whether a command would wait, its MULTI having been left out. */
function mayWait(steps: readonly Step[]): boolean {
  const queueing = [false, false]
  return steps.some((step) => {
    if (step.kind !== 'call') return false
    const name = (step.argv[0] ?? '').toLowerCase()
    if (name === 'multi') queueing[step.link] = true
    if (/^(?:exec|discard)$/.test(name)) queueing[step.link] = false
    if (queueing[step.link] || ((commandOf(step.argv)?.flags ?? 0) & BLOCKING) === 0) return false
    return !name.startsWith('xread') || step.argv.some((word) => /^block$/i.test(word))
  })
}

/** Nothing behind the step at which it shows. */
function cut({ segment, difference }: Failure): Failure {
  const steps = segment.steps.slice(0, difference.index + 1)
  return { segment: { ...segment, steps }, difference }
}

/** Differences of one kind are taken for the same one. */
export const kindOf = ({ argv, ours, theirs }: Difference): string => {
  if (argv[0] === '(events)') return `EVENTS: ${firstOther(ours, theirs)}`
  const name = /^(?:command|object|x(?:group|info)|debug)$/i.test(argv[0] ?? '')
    ? `${argv[0]} ${argv[1]}`
    : argv[0]
  return `${name?.toUpperCase()}: ${sign(ours)} ours, ${sign(theirs)} theirs`
}

function sign(reply: Buffer): string {
  const head = reply.toString('latin1', 0, reply.indexOf(0x0d))
  if (head.startsWith('-')) return head.slice(0, 60)
  return head.slice(0, 1)
}

/** The first event that is not the same. */
function firstOther(ours: Buffer, theirs: Buffer): string {
  const names = (bytes: Buffer): string[] =>
    [...bytes.toString('latin1').matchAll(/__:([\w-]+)/g)].map((match) => match[1] as string)
  const [a, b] = [names(ours), names(theirs)]
  const at = b.findIndex((name, i) => a[i] !== name)
  const place = at < 0 ? b.length : at
  return `${a[place] ?? 'none'} ours, ${b[place] ?? 'none'} theirs`
}
