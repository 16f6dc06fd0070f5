/**
 * What a life writes until it is killed, and what the next one finds. Free of Node and of browsers.
 *
 * Write number n is one transaction: `n` at the end of a list, a counter raised to n, n and some
 * bytes in a key. If one of them is there without the others, a unit has been torn.
 */
export interface Writable {
  lrange(key: string, start: number, stop: number): Promise<string[]>
  get(key: string): Promise<string | null>
  multi(): Chain
}

interface Chain {
  rpush(key: string, value: number): Chain
  incr(key: string): Chain
  set(key: string, value: string): Chain
  exec(): Promise<unknown>
}

/** Requests under way at the same time: each batch in the store holds several. */
const DEPTH = 8

declare const setTimeout: (run: () => void, ms: number) => unknown
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1))

export interface Found {
  readonly count: number
  /** What is wrong with it; empty if it is all units up to the last one, each whole, in order. */
  readonly problem: string
}

export async function look(redis: Writable): Promise<Found> {
  const [list, counted, last] = await Promise.all([
    redis.lrange('list', 0, -1),
    redis.get('count'),
    redis.get('last'),
  ])
  const count = Number(counted)
  const gap = list.findIndex((item, i) => item !== `${i + 1}`)
  const tail = last === null ? 0 : Number(last.slice(0, 8))
  const problem =
    gap >= 0 || list.length !== count || tail !== count
      ? `list of ${list.length} with a gap at ${gap}, count ${count}, last ${tail}`
      : ''
  return { count, problem }
}

/** Write without end, from `from` on; `ack` hears of every write that was acknowledged, in order. */
export function write(
  redis: Writable,
  from: number,
  ack: (n: number) => void,
  failed: (error: unknown) => void,
): void {
  const filler = 'x'.repeat(500)
  let next = from
  let acked = from - 1
  const writer = async () => {
    for (;;) {
      const n = next++
      const size = n % 40 === 0 ? 100 : 1
      await redis
        .multi()
        .rpush('list', n)
        .incr('count')
        .set('last', String(n).padEnd(8) + filler.repeat(size))
        .exec()
      // Replies come in order: with n, all before it have come.
      if (n > acked) {
        acked = n
        ack(n)
      }
      // Replies that come at once would leave no turn to anything else.
      if (n % 16 === 0) await turn()
    }
  }
  for (let i = 0; i < DEPTH; i++) writer().catch(failed)
}
