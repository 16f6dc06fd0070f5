import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandError, syntaxError, wrongType } from '../../src/core/errors.ts'
import { type Reply, SetReply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

const sorted = (reply: Reply): string[] => ([...(reply as SetReply).items] as string[]).sort()

const member = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map(String),
  fc.constantFrom('a', 'b', 'c', '01'),
)
const set = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 10 }),
  fc.uniqueArray(member, { maxLength: 12 }),
)

describe('the operations on several sets', () => {
  it('have the members that a model has, read, stored and counted', () => {
    fc.assert(
      fc.property(
        fc.array(set, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: 8 }),
        fc.constantFrom('0', '4', '128'),
        (sets, chosen, limit, threshold) => {
          const r = run({
            config: { 'set-max-intset-entries': threshold, 'set-max-listpack-entries': threshold },
          })
          for (const [i, members] of sets.entries()) {
            if (members.length > 0) r(['SADD', `s${i}`, ...members])
          }
          const names = chosen.map((i) => `s${i}`)
          const [first = [], ...others] = chosen.map((i) => sets[i] ?? [])
          const models = {
            INTER: first.filter((m) => others.every((other) => other.includes(m))),
            UNION: [...new Set([...first, ...others.flat()])],
            DIFF: first.filter((m) => !others.some((other) => other.includes(m))),
          }
          for (const [operation, model] of Object.entries(models)) {
            const expected = [...model].sort()
            expect(sorted(r([`S${operation}`, ...names]))).toEqual(expected)
            const counting = [`S${operation}CARD`, String(names.length), ...names]
            expect(r(counting)).toBe(model.length)
            const most = limit === 0 ? model.length : Math.min(limit, model.length)
            expect(r([...counting, 'LIMIT', String(limit)])).toBe(most)
            expect(r([`S${operation}STORE`, 'r', ...names])).toBe(model.length)
            expect(sorted(r('SMEMBERS r'))).toEqual(expected)
            expect(r('EXISTS r')).toBe(model.length === 0 ? 0 : 1)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('on sets of integers answer in ascending order', () => {
    const r = run()
    r('SADD a 5 1 10 3')
    r('SADD b 3 -2 10')
    expect(r('SUNION a b')).toEqual(new SetReply(['-2', '1', '3', '5', '10']))
    expect(r('SINTER a b')).toEqual(new SetReply(['3', '10']))
    expect(r('SDIFF a b')).toEqual(new SetReply(['1', '5']))
  })

  it('take out of a copy what many small sets have, instead of looking each member up', () => {
    const r = run()
    const all = Array.from({ length: 2000 }, (_, i) => `m${i}`)
    r(['SADD', 'big', ...all])
    const small = Array.from({ length: 20 }, (_, i) => `small${i}`)
    for (const [i, name] of small.entries()) r(['SADD', name, `m${i}`, 'other'])
    expect(sorted(r(['SDIFF', 'big', ...small]))).toEqual(all.slice(20).sort())
    expect(r(['SDIFFCARD', '21', 'big', ...small])).toBe(1980)
    expect(r(['SDIFFCARD', '21', 'big', ...small, 'LIMIT', '7'])).toBe(7)
    expect(r('SCARD big')).toBe(2000)
  })

  it('check the type of every key, also behind one that is not there', () => {
    const r = run()
    r('SET k x')
    r('SADD s 1')
    for (const request of [
      'SINTER none k',
      'SUNION none k',
      'SDIFF none k',
      'SDIFF s s k',
      'SINTERCARD 2 none k',
      'SUNIONCARD 2 none k',
      'SDIFFCARD 2 none k',
      'SINTERSTORE s none k',
      'SUNIONSTORE s none k',
      'SDIFFSTORE s none k',
    ]) {
      expect(r(request), request).toBe(wrongType)
    }
    expect(r('SCARD s')).toBe(1)
  })
})

describe('the forms that store', () => {
  it('replace any value, take its deadline away and fire their own event', () => {
    const r = run()
    r('SADD a 1 2')
    r('SADD b 2 3')
    for (const name of ['sinterstore', 'sunionstore', 'sdiffstore']) {
      r('SET r x EX 10')
      const events = listen(r)
      expect(r(`${name} r a b`)).toBe(r('SCARD r'))
      expect([r('TYPE r'), r('TTL r')]).toEqual([expect.objectContaining({ text: 'set' }), -1])
      expect(events()).toEqual([`${name} r`])
    }
  })

  it('remove the destination if nothing is left, and only tell if there was one', () => {
    const r = run()
    r('SADD a 1')
    r('SET r x')
    const events = listen(r)
    r.engine.dirty = 0
    expect([r('SINTERSTORE r a none'), r('SINTERSTORE r a none')]).toEqual([0, 0])
    expect(events()).toEqual(['del r'])
    expect(r.engine.dirty).toBe(1)
  })

  it('may have a source as their destination', () => {
    const r = run()
    r('SADD a 1 2 3')
    r('SADD b 3 4')
    expect(r('SDIFFSTORE a a b')).toBe(2)
    expect(r('SUNIONSTORE b a b')).toBe(4)
    expect(r('SINTERSTORE a a b')).toBe(2)
    expect(sorted(r('SMEMBERS a'))).toEqual(['1', '2'])
    r('SADD a more')
    expect(r('SISMEMBER b more')).toBe(0)
  })

  it('of one set make another one, which changes by itself', () => {
    const r = run()
    r('SADD a x y')
    r('SUNIONSTORE b a')
    r('SADD b z')
    expect(sorted(r('SMEMBERS a'))).toEqual(['x', 'y'])
  })
})

describe('SINTERCARD, SUNIONCARD and SDIFFCARD', () => {
  const noKeys = new CommandError('numkeys should be greater than 0')
  const tooMany = new CommandError("Number of keys can't be greater than number of args")
  const negative = new CommandError("LIMIT can't be negative")

  const refused: [string, Reply][] = [
    ['0 s', noKeys],
    ['-1 s', noKeys],
    ['x s', noKeys],
    ['2 s', tooMany],
    ['9223372036854775807 s', tooMany],
    ['1 s t', syntaxError],
    ['1 s LIMIT', syntaxError],
    ['1 s LIMIT x', negative],
    ['1 s LIMIT -1', negative],
    ['1 k LIMIT -1', negative],
    ['1 s LIMIT 1 x', syntaxError],
    ['1 k', wrongType],
  ]
  describe.each(['SINTERCARD', 'SUNIONCARD', 'SDIFFCARD'])('%s', (name) => {
    it.each(refused)('refuses %s', (words, error) => {
      const r = run()
      r('SADD s a')
      r('SET k x')
      expect(r(`${name} ${words}`)).toEqual(error)
    })

    it('takes the last of several limits, and 0 for none', () => {
      const r = run()
      r('SADD s a b c')
      expect(r(`${name} 1 s limit 1 LIMIT 2`)).toBe(2)
      expect(r(`${name} 1 s LIMIT 1 LIMIT 0`)).toBe(3)
      expect(r(`${name} 1 none`)).toBe(0)
    })
  })

  it('only SUNIONCARD estimates', () => {
    const r = run()
    r('SADD s a b c')
    r('SADD t c d')
    expect(r('SUNIONCARD 2 s t APPROX')).toBe(4)
    expect(r('SUNIONCARD 2 s t LIMIT 2 approx')).toBe(2)
    expect(r('SUNIONCARD 2 s t APPROX LIMIT 0 APPROX')).toBe(4)
    expect(r('SUNIONCARD 2 none none APPROX')).toBe(0)
    expect(r('SINTERCARD 2 s t APPROX')).toEqual(syntaxError)
    expect(r('SDIFFCARD 2 s t APPROX')).toEqual(syntaxError)
  })

  it('SUNIONCARD APPROX of many is near, and what PFCOUNT would answer', () => {
    const r = run()
    const words = Array.from({ length: 20_000 }, (_, i) => `member:${i}`)
    r(['SADD', 's', ...words.slice(0, 12_000)])
    r(['SADD', 't', ...words.slice(8_000)])
    expect(r('SUNIONCARD 2 s t')).toBe(20_000)
    expect(r('SUNIONCARD 2 s t APPROX')).toBe(20_008)
  })
})
