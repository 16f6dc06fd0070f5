import { describe, expect, it } from 'vitest'
import {
  type Command,
  command,
  countedKeys,
  type Definition,
  key,
  keyFlagWords,
  keys,
  keysAfter,
  unknownKeys,
} from '../../../src/core/command.ts'
import { keysOf, takesKeys } from '../../../src/core/keys.ts'

const made = (part: Partial<Definition>): Command =>
  command('x', {
    group: 'generic',
    since: '1.0.0',
    summary: '',
    complexity: '',
    syntax: '',
    arity: -1,
    flags: [],
    reply: 'null',
    run: () => null,
    ...part,
  })

/** The keys themselves, or null. */
const found = (part: Partial<Definition>, line: string): string[] | null => {
  const argv = line.split(' ')
  return keysOf(made(part), argv)?.map(({ at }) => argv[at] as string) ?? null
}

describe('keysOf', () => {
  it('finds one key, all keys, every second key', () => {
    expect(found({ keys: key(1, 'RO') }, 'x a b c')).toEqual(['a'])
    expect(found({ keys: keys(1, -1, 1, 'RO') }, 'x a b c')).toEqual(['a', 'b', 'c'])
    expect(found({ keys: keys(1, -2, 1, 'RO') }, 'x a b 0')).toEqual(['a', 'b'])
    expect(found({ keys: keys(1, -1, 2, 'RO') }, 'x a 1 b 2')).toEqual(['a', 'b'])
    expect(found({ keys: keys(2, 3, 1, 'RO') }, 'x 1 a b 2')).toEqual(['a', 'b'])
  })

  it('finds keys behind their number', () => {
    const part = { keys: countedKeys(1, 1, 'RO') }
    expect(found(part, 'x 2 a b c')).toEqual(['a', 'b'])
    expect(found(part, 'x 0 a b')).toBe(null)
    expect(found(part, 'x 3 a b')).toBe(null)
    expect(found(part, 'x -1 a b')).toBe(null)
    expect(found(part, 'x n a b')).toBe(null)
    expect(found(part, 'x 99999999999999999999 a')).toBe(null)
    expect(found(part, 'x')).toBe(null)
  })

  it('finds keys behind a keyword, in any case, from either end', () => {
    const forwards = { keys: keysAfter('STORE', 2, 0, 1, 'OW') }
    expect(found(forwards, 'x a store b')).toEqual(['b'])
    expect(found(forwards, 'x STORE a')).toEqual([])
    expect(found(forwards, 'x a b')).toEqual([])
    expect(found(forwards, 'x a STORE')).toEqual([])
    const backwards = { keys: keysAfter('KEYS', -2, -1, 1, 'RO') }
    expect(found(backwards, 'x keys KEYS a b')).toEqual(['a', 'b'])
    expect(found(backwards, 'x a b')).toEqual([])
  })

  it('takes a part of what is left where a limit says so', () => {
    const spec = { ...keysAfter('STREAMS', 1, -1, 1, 'RO') }
    const limited = {
      keys: { ...spec, find: { kind: 'range', last: -1, step: 1, limit: 2 } as const },
    }
    expect(found(limited, 'x COUNT 1 STREAMS a b 0 0')).toEqual(['a', 'b'])
    expect(found(limited, 'x STREAMS a 0')).toEqual(['a'])
  })

  it('puts the keys of several specifications together, with what is done to each', () => {
    const copy = made({ keys: [key(1, 'RO', 'access'), key(2, 'OW', 'update')] })
    const list = keysOf(copy, ['x', 'a', 'b']) ?? []
    expect(list.map(({ at, flags }) => [at, keyFlagWords(flags)])).toEqual([
      [1, ['RO', 'access']],
      [2, ['OW', 'update']],
    ])
  })

  it('leaves out what is no key', () => {
    expect(found({ keys: key(1, 'not_key') }, 'x a')).toEqual([])
    expect(takesKeys(made({ keys: key(1, 'not_key') }))).toBe(false)
    expect(takesKeys(made({ keys: key(1, 'RO') }))).toBe(true)
    expect(takesKeys(made({}))).toBe(false)
  })

  it('asks the command where specifications cannot tell', () => {
    const findKeys = () => [3]
    expect(found({ findKeys }, 'x a b c')).toEqual(['c'])
    expect(found({ findKeys, keys: key(1, 'RO', 'incomplete') }, 'x a b c')).toEqual(['c'])
    expect(found({ findKeys, keys: key(1, 'RW', 'variable_flags') }, 'x a b c')).toEqual(['c'])
    expect(found({ findKeys, keys: key(1, 'RO') }, 'x a b c')).toEqual(['a'])
    const unknown = { begin: { kind: 'unknown' }, find: { kind: 'unknown' }, flags: 1, notes: '' }
    expect(found({ findKeys, keys: unknown as never }, 'x a b c')).toEqual(['c'])
    expect(found({ keys: unknown as never }, 'x a b c')).toBe(null)
    expect(found({ keys: key(1, 'RO', 'incomplete') }, 'x a')).toBe(null)
  })

  it('takes the flags that the command tells of a key', () => {
    const store = made({
      keys: [key(1, 'RO', 'access'), unknownKeys('OW', 'update')],
      findKeys: () => [1, [2, 'OW', 'update']],
    })
    const list = keysOf(store, ['x', 'a', 'b']) ?? []
    expect(list.map(({ at, flags }) => [at, keyFlagWords(flags)])).toEqual([
      [1, ['RO', 'access']],
      [2, ['OW', 'update']],
    ])
  })

  it('refuses places beyond the words', () => {
    expect(found({ keys: key(4, 'RO') }, 'x a')).toBe(null)
    expect(found({ keys: keys(1, -2, 1, 'RO') }, 'x 0')).toBe(null)
  })
})
