/** What the oracle cannot show, because it depends on the clock: times of delivery, waiting, forgetting. */
import { describe, expect, it } from 'vitest'
import { type MapReply, NIL_ARRAY, type Reply } from '../../src/core/reply.ts'
import type { Stream } from '../../src/types/stream.ts'
import { type Run, run, START } from '../helpers/run.ts'

function fieldOf(reply: Reply, name: string): Reply {
  const { items } = reply as MapReply
  return items[items.indexOf(name) + 1] as Reply
}

/** Entries 1-1, 1-2 and so on, delivered to the consumer c. */
function delivered(count: number): Run {
  const r = run()
  for (let i = 1; i <= count; i++) r(`XADD s 1-${i} f ${i}`)
  r('XGROUP CREATE s g 0')
  r('XREADGROUP GROUP g c STREAMS s >')
  return r
}

describe('IDs', () => {
  it('are the time, and a number for those of the same millisecond', () => {
    const r = run()
    expect(r('XADD s * f v')).toBe(`${START}-0`)
    expect(r('XADD s * f v')).toBe(`${START}-1`)
    r.clock += 1
    expect(r('XADD s * f v')).toBe(`${START + 1}-0`)
    r.clock -= 1000
    expect(r('XADD s * f v')).toBe(`${START + 1}-1`)
    expect(r(`XADD s ${START + 5}-18446744073709551615 f v`)).not.toBe(null)
    expect(r('XADD s * f v')).toBe(`${START + 6}-0`)
  })
})

describe('consumers', () => {
  it('are seen whenever they ask, and active when they get something', () => {
    const r = delivered(1)
    const times = (): Reply[] => {
      const [consumer] = r('XINFO CONSUMERS s g') as Reply[]
      return [fieldOf(consumer as Reply, 'idle'), fieldOf(consumer as Reply, 'inactive')]
    }
    r.clock += 10
    expect(times()).toEqual([10, 10])
    r('XREADGROUP GROUP g c STREAMS s >')
    expect(times()).toEqual([0, 10])
    r.clock += 5
    r('XREADGROUP GROUP g c STREAMS s 0')
    expect(times()).toEqual([0, 15])
    r.clock += 1
    r('XCLAIM s g c 0 1-1')
    expect(times()).toEqual([0, 0])
    r.clock += 1
    r('XAUTOCLAIM s g c 1000 0')
    expect(times()).toEqual([0, 1])
    r('XGROUP CREATECONSUMER s g d')
    r.clock += 3
    const [, d] = r('XINFO CONSUMERS s g') as Reply[]
    expect([fieldOf(d as Reply, 'idle'), fieldOf(d as Reply, 'inactive')]).toEqual([3, -1])
  })
})

describe('deliveries', () => {
  it('are counted, and their time is kept', () => {
    const r = delivered(2)
    r.clock += 100
    expect(r('XPENDING s g - + 9')).toEqual([
      ['1-1', 'c', 100, 1],
      ['1-2', 'c', 100, 1],
    ])
    r('XREADGROUP GROUP g c COUNT 1 STREAMS s 0')
    expect(r('XPENDING s g IDLE 100 - + 9')).toEqual([['1-2', 'c', 100, 1]])
    expect(r('XPENDING s g - + 1')).toEqual([['1-1', 'c', 0, 2]])
    expect(r('XCLAIM s g d 101 1-2')).toEqual([])
    expect(r('XCLAIM s g d 100 1-2 IDLE 70 JUSTID')).toEqual(['1-2'])
    expect(r('XPENDING s g 1-2 + 1')).toEqual([['1-2', 'd', 70, 1]])
    expect(r(`XCLAIM s g d 0 1-2 TIME ${START + 40}`)).toEqual([['1-2', ['f', '2']]])
    expect(r('XPENDING s g 1-2 + 1')).toEqual([['1-2', 'd', 60, 2]])
    // A time to come is taken for now.
    r(`XCLAIM s g d 0 1-2 TIME ${START + 4000} RETRYCOUNT 9`)
    expect(r('XPENDING s g 1-2 + 1')).toEqual([['1-2', 'd', 0, 9]])
  })

  it('of XREADGROUP CLAIM come in the order of their time', () => {
    const r = delivered(3)
    r.clock += 10
    r('XCLAIM s g c 0 1-1 JUSTID')
    r.clock += 10
    r('XADD s 2-1 f new')
    expect(r('XREADGROUP GROUP g d CLAIM 10 STREAMS s >')).toEqual([
      [
        's',
        [
          ['1-2', ['f', '2'], 20, 1],
          ['1-3', ['f', '3'], 20, 1],
          ['1-1', ['f', '1'], 10, 1],
          ['2-1', ['f', 'new'], 0, 0],
        ],
      ],
    ])
    expect(r('XREADGROUP GROUP g d CLAIM 10 STREAMS s >')).toBe(NIL_ARRAY)
    r.clock += 10
    expect(r('XREADGROUP GROUP g d COUNT 2 CLAIM 10 STREAMS s >')).toEqual([
      [
        's',
        [
          ['1-2', ['f', '2'], 10, 2],
          ['1-3', ['f', '3'], 10, 2],
        ],
      ],
    ])
  })
})

describe('waiting for entries to claim', () => {
  it('ends when the first of them is old enough', () => {
    const r = delivered(2)
    r.clock += 10
    r('XCLAIM s g c 0 1-1 JUSTID')
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 0 CLAIM 50 STREAMS s >')
    r.platform.wind(START + 49)
    expect(other.replies).toEqual([])
    r.platform.wind(START + 50)
    expect(other.replies).toEqual([[['s', [['1-2', ['f', '2'], 50, 1]]]]])
  })

  it('begins again when what was waited for is acknowledged or claimed', () => {
    const r = delivered(2)
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 0 CLAIM 50 STREAMS s >')
    r('XACK s g 1-1')
    r.clock += 30
    r('XCLAIM s g c 0 1-2 JUSTID')
    r.clock += 30
    expect(other.replies).toEqual([])
    r.clock += 20
    expect(other.replies).toEqual([[['s', [['1-2', ['f', '2'], 50, 1]]]]])
  })

  it('sees what others are delivered meanwhile', () => {
    const r = run()
    r('XGROUP CREATE s g $ MKSTREAM')
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 0 CLAIM 50 STREAMS s >')
    // A transaction, so that the one who waits does not get what is new.
    r('MULTI')
    r('XADD s 1-1 f v')
    r('XREADGROUP GROUP g c STREAMS s >')
    r('EXEC')
    expect(other.replies).toEqual([])
    r.clock += 50
    expect(other.replies).toEqual([[['s', [['1-1', ['f', 'v'], 50, 1]]]]])
  })

  it('ends with its timeout, and with the client', () => {
    const r = delivered(1)
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 20 CLAIM 50 STREAMS s >')
    const third = r.client()
    third('XREADGROUP GROUP g e BLOCK 0 CLAIM 50 STREAMS s >')
    r.clock += 20
    expect(other.replies).toEqual([NIL_ARRAY])
    third.disconnect()
    r.clock += 100
    expect(r('XPENDING s g - + 9')).toEqual([['1-1', 'c', 120, 1]])
    expect(r.engine.blocking.count).toBe(0)
    expect(r.engine.blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not wake by the clock when nothing is pending', () => {
    const r = run()
    r('XGROUP CREATE s g $ MKSTREAM')
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 0 CLAIM 0 STREAMS s >')
    expect(r.engine.blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('messages of producers', () => {
  const tracked = (r: Run): Reply[] => {
    const facts = r('XINFO STREAM s')
    return ['pids-tracked', 'iids-tracked', 'iids-added', 'iids-duplicates'].map((name) =>
      fieldOf(facts, name),
    )
  }

  it('are forgotten when their time is over', () => {
    const r = run()
    r('XADD s IDMP p one * f v')
    r('XCFGSET s IDMP-DURATION 5')
    r('XADD s IDMP p one * f v')
    r.platform.wind(START + 1000)
    r('XADD s IDMP q two * f v')
    r.platform.wind(START + 4999)
    expect(r('XADD s IDMP p one * f v')).toBe(`${START}-1`)
    expect(tracked(r)).toEqual([2, 2, 3, 1])
    // The cron has not run: who looks sees them go all the same.
    r.platform.wind(START + 5000)
    expect(tracked(r)).toEqual([1, 1, 3, 1])
    expect(r('XADD s IDMP p one * f v')).toBe(`${START + 5000}-0`)
    expect(tracked(r)).toEqual([2, 2, 4, 1])
  })

  it('leave nothing behind that the cron would have to look at', () => {
    const r = run()
    r('XADD s IDMP p one * f v')
    r('XADD t IDMP p one * f v')
    r('COPY s u')
    r('RENAME t v')
    const db = r.engine.keyspace.at(0)
    r.clock += 1
    expect([...db.producing].sort()).toEqual(['s', 'u', 'v'])
    r('DEL u')
    r.clock += 100_000
    expect(db.producing.size).toBe(0)
    expect((db.valueAt(db.find('s')) as Stream).producers).toBe(null)
  })

  it('are as many for each producer as the stream says', () => {
    const r = run()
    r('XADD s 1-1 f v')
    r('XCFGSET s IDMP-MAXSIZE 2')
    for (const message of ['a', 'b', 'c']) r(`XADD s IDMP p ${message} * f v`)
    r('XADD s IDMP q a * f v')
    expect(tracked(r)).toEqual([2, 3, 4, 0])
    expect(r('XADD s IDMP p c * f v')).toBe(`${START}-2`)
    expect(r('XADD s IDMP p a * f v')).toBe(`${START}-4`)
  })
})

describe('who waits in a group', () => {
  it('is told when the key expires', () => {
    const r = run()
    r('XGROUP CREATE s g $ MKSTREAM')
    r('PEXPIRE s 100')
    const other = r.client()
    other('XREADGROUP GROUP g c BLOCK 0 STREAMS s >')
    r.clock += 2000
    expect(String(other.replies[0])).toBe(
      "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option",
    )
  })

  it('is served by COPY and by a snapshot of another database', () => {
    const r = run()
    r('XADD t 1-1 f v')
    r('XGROUP CREATE t g 0')
    r('SELECT 1')
    r('XGROUP CREATE s g $ MKSTREAM')
    const other = r.client()
    other('SELECT 1')
    other('XREADGROUP GROUP g c BLOCK 0 STREAMS s >')
    r('SELECT 0')
    r('COPY t s DB 1 REPLACE')
    expect(other.replies).toEqual([[['s', [['1-1', ['f', 'v']]]]]])
  })
})

describe('XINFO STREAM', () => {
  it('knows the nodes of the tree after chunks have come and gone, as of a stream made anew', () => {
    const r = run()
    r('CONFIG SET stream-node-max-entries 2')
    let next = 1
    let oldest = 1
    const facts = (key: string): Reply => (r(`XINFO STREAM ${key}`) as MapReply).items.slice(2, 6)
    const keys = (): number => fieldOf(r('XINFO STREAM copy'), 'radix-tree-keys') as number
    const steps = 'aaaaaadatdaaamataxabamabaabbtttadababbada'
    for (const step of steps) {
      // Far from each other, so that keys part in different bytes.
      if (step === 'a') for (let i = 0; i < 3; i++) r(`XADD s ${next ** 3}-${next++} f v`)
      const first = (next >> 1) - 2
      // Some from the middle, those at the end, those at the beginning.
      if (step === 'm') for (let n = first; n < first + 4; n++) r(`XDEL s ${n ** 3}-${n}`)
      if (step === 'd') for (let n = next - 3; n < next; n++) r(`XDEL s ${n ** 3}-${n}`)
      if (step === 't') oldest += 2
      if (step === 't') r(`XTRIM s MINID ${oldest ** 3}`)
      if (step === 'x') r('XDEL s 0-1')
      // As many chunks as before, but others.
      if (step === 'b') {
        for (let n = first; n < first + 3; n++) r(`XDEL s ${n ** 3}-${n}`)
        const before = keys()
        r('COPY s copy REPLACE')
        while (keys() < before) {
          r(`XADD s ${next ** 3}-${next++} f v`)
          r('COPY s copy REPLACE')
        }
      }
      const known = facts('s')
      r('COPY s copy REPLACE')
      expect(known).toEqual(facts('copy'))
    }
  })
})

describe('memory', () => {
  it('of entries with the same fields is what they say, and little more', () => {
    const r = run()
    for (let i = 0; i < 2000; i++) r(`XADD s * name value:${1_000_000 + i}`)
    const bytes = r('MEMORY USAGE s') as number
    expect(bytes / 2000).toBeLessThan(32)
    expect(bytes / 2000).toBeGreaterThan(15)
  })
})
