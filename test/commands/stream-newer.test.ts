/** What streams have learnt that no server here knows: XNACK of 8.8, MAXCOUNT and MAXSIZE of 8.10. */
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { type MapReply, NIL_ARRAY, type Reply } from '../../src/core/reply.ts'
import { type Run, run, START } from '../helpers/run.ts'

const MAX = 9223372036854775807n

/** Entries 1-1, 1-2 and so on, and a group that has read nothing. */
function filled(count: number): Run {
  const r = run()
  for (let i = 1; i <= count; i++) r(`XADD s 1-${i} f ${i}`)
  r('XGROUP CREATE s g 0')
  return r
}

/** The same, delivered to the consumer c. */
function delivered(count: number): Run {
  const r = filled(count)
  r('XREADGROUP GROUP g c STREAMS s >')
  return r
}

const pending = (r: Run): Reply => r('XPENDING s g - + 100')
const message = (reply: Reply): string => String(reply)

describe('XNACK', () => {
  it('gives entries back: they belong to nobody and have not been lying', () => {
    const r = delivered(3)
    r.clock += 50
    expect(r('XNACK s g FAIL IDS 2 1-1 1-3')).toBe(2)
    expect(pending(r)).toEqual([
      ['1-1', '', -1, 1],
      ['1-2', 'c', 50, 1],
      ['1-3', '', -1, 1],
    ])
    expect(r('XPENDING s g')).toEqual([3, '1-1', '1-3', [['c', '1']]])
    expect(r('XPENDING s g - + 9 c')).toEqual([['1-2', 'c', 50, 1]])
    expect(r('XREADGROUP GROUP g c STREAMS s 0')).toEqual([['s', [['1-2', ['f', '2']]]]])
  })

  it('SILENT takes the delivery back, FAIL leaves it, FATAL makes it the last', () => {
    const r = delivered(3)
    expect(r('XNACK s g SILENT IDS 1 1-1')).toBe(1)
    expect(r('XNACK s g FAIL IDS 1 1-2')).toBe(1)
    expect(r('XNACK s g fatal IDS 1 1-3')).toBe(1)
    expect(pending(r)).toEqual([
      ['1-1', '', -1, 0],
      ['1-2', '', -1, 1],
      ['1-3', '', -1, MAX],
    ])
    // Below nothing there is nothing, and beyond the greatest number there is none.
    expect(r('XNACK s g SILENT IDS 1 1-1')).toBe(1)
    r('XCLAIM s g c 0 1-1 1-3')
    expect(pending(r)).toEqual([
      ['1-1', 'c', 0, 1],
      ['1-2', '', -1, 1],
      ['1-3', 'c', 0, MAX],
    ])
    r('XNACK s g SILENT IDS 1 1-3')
    expect(r('XPENDING s g 1-3 + 9')).toEqual([['1-3', '', -1, MAX - 1n]])
  })

  it('RETRYCOUNT says how often an entry counts as delivered, whatever the mode', () => {
    const r = delivered(2)
    expect(r('XNACK s g FATAL RETRYCOUNT 5 IDS 1 1-1')).toBe(1)
    expect(r('XNACK s g SILENT IDS 1 1-2 RETRYCOUNT 0')).toBe(1)
    expect(pending(r)).toEqual([
      ['1-1', '', -1, 5],
      ['1-2', '', -1, 0],
    ])
  })

  it('FORCE makes entries pending that are in the stream', () => {
    const r = filled(4)
    expect(r('XNACK s g FAIL IDS 1 1-1')).toBe(0)
    expect(r('XNACK s g FAIL FORCE IDS 2 1-1 9-9')).toBe(1)
    expect(r('XNACK s g FATAL IDS 1 1-2 FORCE')).toBe(1)
    expect(r('XNACK s g SILENT IDS 1 1-3 FORCE RETRYCOUNT 7')).toBe(1)
    expect(pending(r)).toEqual([
      ['1-1', '', -1, 0],
      ['1-2', '', -1, MAX],
      ['1-3', '', -1, 7],
    ])
  })

  it('IDS may name what is pending though it is gone from the stream', () => {
    const r = delivered(2)
    r('XDEL s 1-1')
    expect(r('XNACK s g FAIL IDS 1 1-1')).toBe(1)
    expect(r('XNACK s g FAIL IDS 1 1-1 FORCE')).toBe(1)
    expect(r('XAUTOCLAIM s g d 0 0 JUSTID')).toEqual(['0-0', ['1-2'], ['1-1']])
    expect(r('XPENDING s g')).toEqual([1, '1-2', '1-2', [['d', '1']]])
  })

  it.each([
    ['XNACK s g MAYBE IDS 1 1-1', 'ERR mode must be SILENT, FAIL, or FATAL'],
    ['XNACK s g FAIL IDS 0 1-1', 'ERR numids must be a positive integer'],
    ['XNACK s g FAIL IDS x 1-1', 'ERR numids must be a positive integer'],
    ['XNACK s g FAIL IDS 3 1-1', "ERR number of IDs doesn't match numids"],
    ['XNACK s g FAIL IDS 1 x', 'ERR Invalid stream ID specified as stream command argument'],
    ['XNACK s g FAIL IDS 1 1-1 RETRYCOUNT -1', 'ERR Invalid RETRYCOUNT value, must be >= 0'],
    ['XNACK s g FAIL IDS 1 1-1 RETRYCOUNT x', 'ERR value is not an integer or out of range'],
    ['XNACK s g FAIL IDS 1 1-1 BOGUS', "ERR Unrecognized XNACK option 'BOGUS'"],
    ['XNACK s g FAIL RETRYCOUNT 1 FORCE', 'ERR syntax error, expected IDS keyword'],
    ['XNACK s no FAIL IDS 1 1-1', "NOGROUP No such key 's' or consumer group 'no'"],
    ['XNACK no g FAIL IDS 1 1-1', "NOGROUP No such key 'no' or consumer group 'g'"],
    [
      'XNACK str g FAIL IDS 1 1-1',
      'WRONGTYPE Operation against a key holding the wrong kind of value',
    ],
    ['XNACK s g FAIL IDS 1', "ERR wrong number of arguments for 'xnack' command"],
  ])('%s is refused and changes nothing', (request, error) => {
    const r = delivered(1)
    r('SET str x')
    expect(message(r(request))).toBe(error)
    expect(pending(r)).toEqual([['1-1', 'c', 0, 1]])
  })

  it('lets entries be claimed at once, in the order in which they were given back', () => {
    const r = delivered(5)
    r.clock += 100
    r('XCLAIM s g c 0 1-4')
    r('XNACK s g FAIL IDS 1 1-3')
    r('XNACK s g FAIL IDS 2 1-5 1-2')
    r.clock += 10
    expect(r('XREADGROUP GROUP g d CLAIM 100 STREAMS s >')).toEqual([
      [
        's',
        [
          ['1-3', ['f', '3'], START + 110, 1],
          ['1-5', ['f', '5'], START + 110, 1],
          ['1-2', ['f', '2'], START + 110, 1],
          ['1-1', ['f', '1'], 110, 1],
        ],
      ],
    ])
    expect(r('XPENDING s g')).toEqual([
      5,
      '1-1',
      '1-5',
      [
        ['c', '1'],
        ['d', '4'],
      ],
    ])
    r('XNACK s g FAIL IDS 1 1-1')
    expect(r('XCLAIM s g e 1000000 1-1 JUSTID')).toEqual(['1-1'])
    r('XNACK s g FAIL IDS 1 1-1')
    expect(r('XAUTOCLAIM s g f 1000000 0 JUSTID')).toEqual(['0-0', ['1-1'], []])
  })

  it('wakes those who wait for entries to claim', () => {
    const r = delivered(1)
    const other = r.client()
    other('XREADGROUP GROUP g d BLOCK 0 CLAIM 100000 STREAMS s >')
    expect(other.replies).toEqual([])
    r('XNACK s g FAIL IDS 1 1-1')
    expect(other.replies).toEqual([[['s', [['1-1', ['f', '1'], START, 1]]]]])
  })

  it('is counted by XINFO STREAM FULL', () => {
    const r = delivered(3)
    r('XNACK s g FAIL IDS 2 1-1 1-2')
    const [group] = fieldOf(r('XINFO STREAM s FULL'), 'groups') as Reply[]
    expect(fieldOf(group as Reply, 'nacked-count')).toBe(2)
    expect(fieldOf(group as Reply, 'pel-count')).toBe(3)
    expect(fieldOf(group as Reply, 'pending')).toEqual([
      ['1-1', '', 0, 1],
      ['1-2', '', 0, 1],
      ['1-3', 'c', START, 1],
    ])
    r('XACK s g 1-1')
    const [after] = fieldOf(r('XINFO STREAM s FULL'), 'groups') as Reply[]
    expect(fieldOf(after as Reply, 'nacked-count')).toBe(1)
  })

  it('survives the removal of consumers and groups, and COPY', () => {
    const r = delivered(3)
    r('XNACK s g FAIL IDS 1 1-2')
    expect(r('XGROUP DELCONSUMER s g c')).toBe(2)
    expect(pending(r)).toEqual([['1-2', '', -1, 1]])
    r('COPY s t')
    r('XACK s g 1-2')
    expect(r('XPENDING t g - + 9')).toEqual([['1-2', '', -1, 1]])
    expect(r('XGROUP DESTROY t g')).toBe(1)
  })
})

function fieldOf(reply: Reply, name: string): Reply {
  const { items } = reply as MapReply
  return items[items.indexOf(name) + 1] as Reply
}

/** Three streams of so many entries, which a group can read as well. */
function three(count: number): Run {
  const r = run()
  for (const key of ['s1', 's2', 's3']) {
    for (let i = 1; i <= count; i++) r(`XADD ${key} 1-${i} f v`)
    r(`XGROUP CREATE ${key} g 0`)
  }
  return r
}

/** How many entries a reply has of each stream. */
const counts = (reply: Reply): [string, number][] =>
  (reply as [string, Reply[]][]).map(([key, entries]) => [key, entries.length])

describe.each([
  ['XREAD', '0 0 0'],
  ['XREADGROUP GROUP g c', '> > >'],
])('MAXCOUNT and MAXSIZE of %s', (command, ids) => {
  const read = (r: Run, caps: string, from = ids): Reply =>
    r(`${command} ${caps} STREAMS s1 s2 s3 ${from}`)

  it('MAXCOUNT bounds the entries of all streams together', () => {
    expect(counts(read(three(5), 'COUNT 3'))).toEqual([
      ['s1', 3],
      ['s2', 3],
      ['s3', 3],
    ])
    expect(counts(read(three(5), 'COUNT 3 MAXCOUNT 5'))).toEqual([
      ['s1', 3],
      ['s2', 2],
    ])
    expect(counts(read(three(5), 'MAXCOUNT 4'))).toEqual([['s1', 4]])
    expect(counts(read(three(5), 'MAXCOUNT 5'))).toEqual([['s1', 5]])
    expect(counts(read(three(5), 'MAXCOUNT 100'))).toEqual([
      ['s1', 5],
      ['s2', 5],
      ['s3', 5],
    ])
  })

  it('MAXSIZE bounds the bytes, but for the first entry', () => {
    expect(counts(read(three(5), 'MAXSIZE 1'))).toEqual([['s1', 1]])
    // `*2 $2 s1 *n`, and 31 bytes an entry: `*2 $3 1-1 *2 $1 f $1 v`.
    expect(counts(read(three(5), 'MAXSIZE 100'))).toEqual([['s1', 3]])
    const many = counts(read(three(5), 'MAXSIZE 250'))
    expect(many[0]).toEqual(['s1', 5])
    expect(many.length).toBe(2)
    expect(counts(read(three(5), 'MAXCOUNT 2 MAXSIZE 100000'))).toEqual([['s1', 2]])
    const r = run()
    r(['XADD', 's1', '1-1', 'f', 'v'.repeat(5000)])
    r('XGROUP CREATE s1 g 0')
    const [id] = ids.split(' ')
    expect(counts(r(`${command} MAXSIZE 50 STREAMS s1 ${id}`))).toEqual([['s1', 1]])
  })

  it.each([
    ['MAXCOUNT 0', 'ERR MAXCOUNT must be a positive integer'],
    ['MAXCOUNT -1', 'ERR MAXCOUNT must be a positive integer'],
    ['MAXCOUNT x', 'ERR MAXCOUNT must be a positive integer'],
    ['MAXSIZE 0', 'ERR MAXSIZE must be a positive integer'],
    ['MAXSIZE x', 'ERR MAXSIZE must be a positive integer'],
    ['COUNT 3 MAXCOUNT 2', 'ERR MAXCOUNT must be greater than or equal to COUNT'],
    ['MAXCOUNT 2 COUNT 3', 'ERR MAXCOUNT must be greater than or equal to COUNT'],
  ])('%s is refused', (caps, error) => {
    const reply = read(three(1), caps)
    expect(reply).toBeInstanceOf(CommandError)
    expect(message(reply)).toBe(error)
  })

  it('are heeded by a client that has waited', () => {
    const r = three(0)
    for (const key of ['s1', 's2', 's3']) r(`XGROUP CREATE ${key} g 0 MKSTREAM`)
    const other = r.client()
    other(`${command} BLOCK 0 MAXCOUNT 2 STREAMS s1 s2 s3 ${ids}`)
    r('MULTI')
    for (let i = 1; i < 4; i++) r(`XADD s1 1-${i} f v`)
    r('EXEC')
    expect(counts(other.replies[0] as Reply)).toEqual([['s1', 2]])
  })
})

describe('MAXCOUNT of XREADGROUP', () => {
  it('leaves what it does not return undelivered', () => {
    const r = three(3)
    r('XREADGROUP GROUP g c MAXCOUNT 2 STREAMS s1 s2 s3 > > >')
    expect(r('XPENDING s1 g')).toEqual([2, '1-1', '1-2', [['c', '2']]])
    expect(r('XPENDING s2 g')).toEqual([0, null, null, NIL_ARRAY])
    expect(counts(r('XREADGROUP GROUP g c MAXCOUNT 3 STREAMS s1 s2 s3 > > >'))).toEqual([
      ['s1', 1],
      ['s2', 2],
    ])
  })

  it('bounds what is pending and what is claimed as well', () => {
    const r = three(3)
    r('XREADGROUP GROUP g c STREAMS s1 s2 > >')
    expect(counts(r('XREADGROUP GROUP g c MAXCOUNT 4 STREAMS s1 s2 0 0'))).toEqual([
      ['s1', 3],
      ['s2', 1],
    ])
    expect(counts(r('XREADGROUP GROUP g d CLAIM 0 MAXCOUNT 5 STREAMS s1 s2 s3 > > >'))).toEqual([
      ['s1', 3],
      ['s2', 2],
    ])
    expect(r('XPENDING s2 g')).toEqual([
      3,
      '1-1',
      '1-3',
      [
        ['c', '1'],
        ['d', '2'],
      ],
    ])
  })
})
