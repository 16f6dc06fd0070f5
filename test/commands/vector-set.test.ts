import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { Bool, Double, MapReply, type Reply, Status } from '../../src/core/reply.ts'
import type { VectorSet } from '../../src/types/vector-set.ts'
import { digest } from '../helpers/digest.ts'
import { type Run, run } from '../helpers/run.ts'

/** Replies as plain values. */
function plain(reply: Reply): unknown {
  if (reply instanceof Status) return reply.text
  if (reply instanceof Double || reply instanceof Bool) return reply.value
  if (reply instanceof CommandError) return reply.message
  if (reply instanceof MapReply) return reply.items.map(plain)
  return Array.isArray(reply) ? reply.map(plain) : reply
}

const ask = (r: Run, request: string): unknown => plain(r(request))

function setAt(r: Run, key: string): VectorSet {
  const db = r.engine.keyspace.at(0)
  return db.valueAt(db.find(key)) as VectorSet
}

describe('VADD', () => {
  it('gives an element that is there another vector and leaves its attribute', () => {
    const r = run()
    expect(ask(r, 'VADD v VALUES 2 1 0 a SETATTR {}')).toBe(true)
    expect(ask(r, 'VADD v VALUES 2 0 2 a')).toBe(false)
    expect(ask(r, 'VEMB v a')).toEqual([0, 2])
    expect(ask(r, 'VGETATTR v a')).toBe('{}')
    expect(ask(r, 'VCARD v')).toBe(1)
  })

  it('with an error makes no key', () => {
    const r = run()
    for (const request of [
      'VADD v VALUES 2 1 x a',
      'VADD v VALUES 2 1 1 a M 1',
      'VADD v REDUCE 3 VALUES 2 1 1 a',
    ]) {
      expect(r(request)).toBeInstanceOf(CommandError)
    }
    expect(r('EXISTS v')).toBe(0)
  })

  it('refuses a reduction whose matrix no file could hold', () => {
    const r = run()
    const blob = '\0\0\x80?'.repeat(65536)
    expect(plain(r(['VADD', 'v', 'REDUCE', '4096', 'FP32', blob, 'a']))).toBe(
      'unable to create a Vector Set: system resources issue?',
    )
    expect(r('EXISTS v')).toBe(0)
  })

  it('makes the same set of the same requests, whatever the graph: the seed draws only levels', () => {
    const sets = [1, 2].map((seed) => {
      const r = run({ seed })
      for (let i = 0; i < 100; i++) r(`VADD v VALUES 3 ${i} 1 ${-i} e${i}`)
      return r
    })
    expect(digest((sets[0] as Run).engine)).toEqual(digest((sets[1] as Run).engine))
    const again = run({ seed: 1 })
    for (let i = 0; i < 100; i++) again(`VADD v VALUES 3 ${i} 1 ${-i} e${i}`)
    expect(ask(again, 'VLINKS v e50')).toEqual(ask(sets[0] as Run, 'VLINKS v e50'))
  })
})

describe('VREM', () => {
  it('removes the key with the last element', () => {
    const r = run()
    r('VADD v VALUES 1 1 a')
    expect(ask(r, 'VREM v a')).toBe(true)
    expect(r('EXISTS v')).toBe(0)
  })

  it('leaves links both ways among what is left', () => {
    const r = run()
    for (let i = 0; i < 300; i++) r(`VADD v VALUES 2 ${Math.sin(i)} ${Math.cos(i)} e${i} M 4`)
    for (let i = 0; i < 300; i += 2) expect(ask(r, `VREM v e${i}`)).toBe(true)
    const { graph } = setAt(r, 'v')
    expect(graph.check()).toBe(true)
    expect(graph.size).toBe(150)
    expect((ask(r, 'VSIM v ELE e151 COUNT 150') as unknown[]).length).toBe(150)
  })
})

describe('VSIM', () => {
  it('finds what looking at all would find', () => {
    const r = run()
    for (let i = 0; i < 1000; i++) {
      r(`VADD v VALUES 3 ${Math.sin(i)} ${Math.cos(3 * i)} ${Math.sin(7 * i)} e${i} NOQUANT`)
    }
    let found = 0
    for (let i = 0; i < 50; i++) {
      const near = ask(r, `VSIM v ELE e${i * 20}`) as string[]
      const all = new Set(ask(r, `VSIM v ELE e${i * 20} TRUTH`) as string[])
      found += near.filter((element) => all.has(element)).length
    }
    expect(found).toBeGreaterThan(490)
  })

  it('with a filter looks on until it has found enough, and no further than FILTER-EF says', () => {
    const r = run()
    for (let i = 0; i < 500; i++) {
      r(['VADD', 'v', 'VALUES', '2', `${i}`, '100', `e${i}`, 'SETATTR', `{"n":${i}}`, 'NOQUANT'])
    }
    expect(ask(r, 'VSIM v ELE e0 FILTER ".n >= 495" FILTER-EF 1000')).toEqual([
      ...['e495', 'e496', 'e497', 'e498', 'e499'],
    ])
    expect(ask(r, 'VSIM v ELE e0 FILTER ".n >= 495" FILTER-EF 2')).toEqual([])
  })

  it('answers a map of pairs in RESP3 if both scores and attributes are wanted', () => {
    const r = run()
    r('VADD v VALUES 2 1 0 a SETATTR {}')
    r('VADD v VALUES 2 0 1 b')
    expect(ask(r, 'VSIM v ELE a WITHSCORES WITHATTRIBS')).toEqual(['a', 1, '{}', 'b', 0.5, null])
    r('HELLO 3')
    expect(ask(r, 'VSIM v ELE a WITHSCORES WITHATTRIBS')).toEqual([
      'a',
      [1, '{}'],
      'b',
      [0.5, null],
    ])
    expect(r('VSIM v ELE a WITHATTRIBS')).toBeInstanceOf(MapReply)
    expect(r('VSIM v ELE a')).toEqual(['a', 'b'])
  })
})

describe('VRANDMEMBER', () => {
  it('draws each element about as often, and without a repetition if so asked', () => {
    const r = run()
    for (let i = 0; i < 10; i++) r(`VADD v VALUES 1 1 e${i}`)
    const counts = new Map<string, number>()
    for (const element of r('VRANDMEMBER v -5000') as string[]) {
      counts.set(element, (counts.get(element) ?? 0) + 1)
    }
    expect(counts.size).toBe(10)
    for (const count of counts.values()) expect(count).toBeGreaterThan(350)
    for (let i = 0; i < 50; i++) {
      const drawn = r('VRANDMEMBER v 4') as string[]
      expect(new Set(drawn).size).toBe(4)
    }
    expect((r('VRANDMEMBER v 99') as string[]).sort()).toEqual(
      Array.from({ length: 10 }, (_, i) => `e${i}`),
    )
  })

  it('refuses to fill the memory with one reply', () => {
    const r = run()
    r('VADD v VALUES 1 1 a')
    expect(ask(r, 'VRANDMEMBER v -9223372036854775808')).toBe('value is out of range')
  })
})

describe('VRANGE', () => {
  const element = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\xff'), maxLength: 3 })
  const bound = fc.oneof(
    element.filter((text) => text !== '').chain((text) => fc.constantFrom(`[${text}`, `(${text}`)),
    fc.constantFrom('-', '+'),
  )

  it('lists what sorting and filtering would, while elements come and go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(element, fc.boolean(), bound, bound), { maxLength: 60 }),
        (steps) => {
          const r = run()
          const model = new Set<string>()
          for (const [name, add, start, end] of steps) {
            r(add ? ['VADD', 'v', 'VALUES', '1', '1', name] : ['VREM', 'v', name])
            if (add) model.add(name)
            else model.delete(name)
            if (start === '+' || end === '-') continue
            const [low, high] = [start.slice(1), end.slice(1)]
            const expected = [...model]
              .sort()
              .filter((x) => start === '-' || x > low || (x === low && start[0] === '['))
              .filter((x) => end === '+' || x < high || (x === high && end[0] === '['))
            expect(r(['VRANGE', 'v', start, end])).toEqual(expected)
            expect(r(['VRANGE', 'v', start, end, '2'])).toEqual(expected.slice(0, 2))
          }
        },
      ),
    )
  })
})

describe('a vector set', () => {
  it('counts for memory, more with each element and attribute', () => {
    const r = run()
    const usage = () => r('MEMORY USAGE v') as number
    r('VADD v VALUES 3 1 2 3 a')
    const one = usage()
    for (let i = 0; i < 1000; i++) r(`VADD v VALUES 3 1 2 ${i} e${i}`)
    const many = usage()
    expect(many - one).toBeGreaterThan(1000 * 100)
    for (let i = 0; i < 1000; i++) r(['VSETATTR', 'v', `e${i}`, 'x'.repeat(1000)])
    expect(usage() - many).toBeGreaterThan(900_000)
  })

  it('forgets what is removed: attributes, names and their count', () => {
    const r = run()
    r('VADD v VALUES 1 1 a SETATTR {}')
    r('VADD v VALUES 1 1 b')
    r('VREM v a')
    r('VADD v VALUES 1 2 c')
    expect(ask(r, 'VGETATTR v c')).toBe(null)
    expect(ask(r, 'VRANGE v - +')).toEqual(['b', 'c'])
    const facts = ask(r, 'VINFO v') as unknown[]
    expect(facts.slice(8)).toEqual([
      ...['size', 2, 'max-level', facts[11], 'attributes-count', 0],
      ...['vset-uid', 0, 'hnsw-max-node-uid', 3],
    ])
  })

  it('wakes WATCH whenever a command opens it for editing, as a module of Redis does', () => {
    const r = run()
    r('VADD v VALUES 1 1 a')
    for (const [request, changes] of [
      ['VREM v nope', true],
      ['VSETATTR v nope {}', true],
      ['VADD v VALUES 2 1 1 a', true],
      ['VADD v VALUES 2 1', false],
      ['VEMB v a', false],
      ['VADD v VALUES 1 5 a', true],
      ['VSETATTR v a {}', true],
    ] as const) {
      r('WATCH v')
      r(request)
      r('MULTI')
      r('VCARD v')
      expect(Array.isArray(r('EXEC'))).toBe(!changes)
    }
  })
})
