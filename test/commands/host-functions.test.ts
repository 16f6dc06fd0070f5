import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { Bool, Double, MapReply, OK, SetReply, Status } from '../../src/core/reply.ts'
import { CallError, type HostFunction } from '../../src/scripting/host.ts'
import { run } from '../helpers/run.ts'

function withFunction(fn: HostFunction, options = {}) {
  const r = run()
  r.engine.registerFunction('f', options, fn)
  return r
}

describe('a function of the host', () => {
  it('is called by FCALL with its keys and arguments as text', () => {
    const r = withFunction((_, keys, args) => [...keys, ...args])
    expect(r(['FCALL', 'f', '1', 'k', '\xc3\xa9'])).toEqual(['k', '\xc3\xa9'])
    expect(r('FCALL F 0')).toEqual([])
    const seen = withFunction((_, keys) => keys[0] === 'é')
    expect(seen(['FCALL', 'f', '1', '\xc3\xa9'])).toEqual(new Bool(true))
  })

  it('runs commands, whose changes are one unit', () => {
    const r = withFunction((redis, [key = '']) => {
      redis.call('SET', key, 1)
      redis.call('INCRBY', key, 41n)
      return redis.call('GET', key)
    })
    expect(r('FCALL f 1 a')).toBe('42')
    expect(r.units.map((unit) => unit.map(({ argv }) => argv.join(' ')))).toEqual([
      ['SET a 1', 'INCRBY a 41'],
    ])
  })

  it('gets replies as plain values, or as bytes', () => {
    const values: unknown[] = []
    const r = withFunction((redis) => {
      redis.call('SET', 'a', new Uint8Array([255, 0]))
      redis.call('HSET', 'h', 'f', 'é')
      redis.call('SADD', 's', 'm')
      values.push(redis.callBytes('GET', 'a'), redis.call('HGETALL', 'h'), redis.call('PING'))
      values.push(redis.call('SMEMBERS', 's'), redis.call('GET', 'none'), redis.call('STRLEN', 'a'))
      return null
    })
    expect(r('FCALL f 0')).toBe(null)
    expect(values).toEqual([new Uint8Array([255, 0]), { f: 'é' }, 'PONG', new Set(['m']), null, 2])
  })

  it.each([
    ['a text', 'é', '\xc3\xa9'],
    ['a whole number', 7, 7],
    ['a fraction', 1.5, new Double(1.5)],
    ['a truth', true, new Bool(true)],
    ['nothing', undefined, null],
    ['bytes', new Uint8Array([255]), '\xff'],
    ['a list', ['a', ['b']], ['a', ['b']]],
    ['an object', { a: 1 }, new MapReply(['a', 1])],
    ['a map', new Map([['a', 1]]), new MapReply(['a', 1])],
    ['a set', new Set(['a']), new SetReply(['a'])],
    ['a large integer', 2n ** 62n, 2n ** 62n],
  ])('may return %s', (_, value, reply) => {
    expect(withFunction(() => value)('FCALL f 0')).toEqual(reply)
  })

  it('meets error replies as errors, and passes them on', () => {
    const r = withFunction((redis, _, [command = '']) => redis.call(command, 'a'))
    r('LPUSH a x')
    expect(r('FCALL f 0 get')).toMatchObject({
      code: 'WRONGTYPE',
      message: 'Operation against a key holding the wrong kind of value script: f',
    })
    expect(r('FCALL f 0 nope')).toMatchObject({
      message: 'Unknown Redis command called from script script: f',
    })
    const caught = withFunction((redis) => {
      const error = redis.pcall('NOPE')
      return error instanceof CallError ? error.code : 'none'
    })
    expect(caught('FCALL f 0')).toBe('ERR')
  })

  it('that throws or returns a promise is an error reply', () => {
    const thrower = withFunction(() => {
      throw new RangeError('too far')
    })
    expect(thrower('FCALL f 0')).toEqual(new CommandError('too far script: f'))
    const later = withFunction(() => Promise.resolve(1) as never)
    expect(later('FCALL f 0')).toEqual(
      new CommandError('the function returned a promise, and must not script: f'),
    )
  })

  it('keeps to its flags and to its number of keys', () => {
    const r = run()
    r.engine.registerFunction('w', {}, (redis) => redis.call('SET', 'a', 1))
    r.engine.registerFunction('r', { flags: ['no-writes'], keys: 1 }, (redis, [key = '']) =>
      redis.call('GET', key),
    )
    r.engine.registerFunction('liar', { flags: ['no-writes'] }, (redis) =>
      redis.call('SET', 'a', 2),
    )
    expect(r('FCALL w 0')).toBe('OK')
    expect(r('FCALL_RO w 0')).toMatchObject({
      message: 'Can not execute a script with write flag using *_ro command.',
    })
    expect(r('FCALL_RO r 1 a')).toBe('1')
    expect(r('FCALL r 2 a b')).toMatchObject({ message: "Function 'r' takes 1 keys" })
    expect(r('FCALL liar 0')).toMatchObject({
      message: 'Write commands are not allowed from read-only scripts. script: liar',
    })
  })

  it('is shown for what it is, and nobody can replace or delete it', () => {
    const r = withFunction(() => 1, { description: 'of the host', flags: ['no-writes'] })
    expect(r('FUNCTION LIST WITHCODE')).toEqual([
      new MapReply([
        'library_name',
        'host',
        'engine',
        'JS',
        'functions',
        [
          new MapReply([
            'name',
            'f',
            'description',
            'of the host',
            'flags',
            new SetReply([new Status('no-writes')]),
          ]),
        ],
        'library_code',
        '',
      ]),
    ])
    expect(r('FUNCTION DELETE host')).toEqual(new CommandError('Library not found'))
    expect(r('FUNCTION FLUSH')).toBe(OK)
    expect(r('FCALL f 0')).toBe(1)
  })

  it('needs a name of its own', () => {
    const r = withFunction(() => 1)
    expect(() => r.engine.registerFunction('F', {}, () => 2)).toThrow(
      new TypeError('Function F already exists'),
    )
    expect(() => r.engine.registerFunction('a-b', {}, () => 2)).toThrow(TypeError)
    expect(() => r.engine.registerFunction('g', { flags: ['nope' as never] }, () => 2)).toThrow(
      new TypeError("there is no flag 'nope'"),
    )
  })

  it('cannot use its object when it has returned', () => {
    let kept: Parameters<HostFunction>[0] | undefined
    const r = withFunction((redis) => {
      kept = redis
      return 1
    })
    r('FCALL f 0')
    expect(() => kept?.call('PING')).toThrow('the function has returned already')
  })
})
