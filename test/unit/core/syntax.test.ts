import { describe, expect, it } from 'vitest'
import { type Argument, parseSyntax, usageOf } from '../../../src/core/syntax.ts'

/** A tree in one line, so that a test can state the whole of it. */
function shape(list: readonly Argument[]): string {
  return list
    .map((one) => {
      let text = `${one.name}:${one.type}`
      if (one.keySpecIndex >= 0) text += `#${one.keySpecIndex}`
      if (one.token !== '') text += ` ${JSON.stringify(one.token)}`
      if (one.since !== '') text += ` since ${one.since}`
      if (one.deprecatedSince !== '') text += ` until ${one.deprecatedSince}`
      if (one.optional) text += ' optional'
      if (one.multiple) text += ' multiple'
      if (one.multipleToken) text += ' multiple_token'
      return one.arguments.length > 0 ? `${text} (${shape(one.arguments)})` : text
    })
    .join(', ')
}

const parsed = (text: string, specs?: number) => shape(parseSyntax(text, specs))
const hint = (text: string) => usageOf(parseSyntax(text))

describe('the grammar of syntax', () => {
  it('takes an empty text for no arguments', () => {
    expect(parseSyntax('')).toEqual([])
    expect(parseSyntax('  ')).toEqual([])
  })

  it('reads arguments with and without a type', () => {
    expect(parsed('key value seconds:integer x:double')).toBe(
      'key:key#0, value:string, seconds:integer, x:double',
    )
    expect(parsed('pattern at:unix-time')).toBe('pattern:pattern, at:unix-time')
  })

  it('gives keys to the specifications in turn', () => {
    expect(parsed('source:key destination:key', 2)).toBe('source:key#0, destination:key#1')
    expect(parsed('{data: key value}...', 1)).toBe('data:block multiple (key:key#0, value:string)')
    expect(parsed('key [STORE destination:key#2]', 3)).toBe(
      'key:key#0, destination:key#2 "STORE" optional',
    )
  })

  it('reads a word in capitals as a token', () => {
    expect(parsed('NX')).toBe('nx:pure-token "NX"')
    expect(parsed('[WITHSCORES]')).toBe('withscores:pure-token "WITHSCORES" optional')
    expect(parsed('get-keys=GETKEYS')).toBe('get-keys:pure-token "GETKEYS"')
    expect(parsed('[auto-id=* | id]')).toBe(
      'auto-id-or-id:oneof optional (auto-id:pure-token "*", id:string)',
    )
  })

  it('lets a token lead the argument or the block behind it', () => {
    expect(parsed('EX seconds:integer')).toBe('seconds:integer "EX"')
    expect(parsed('[LIMIT {limit: offset:integer count:integer}]')).toBe(
      'limit:block "LIMIT" optional (offset:integer, count:integer)',
    )
    expect(parsed('ASYNC [SYNC]')).toBe('async:pure-token "ASYNC", sync:pure-token "SYNC" optional')
    expect(parsed('{NX} key')).toBe('nx:pure-token "NX", key:key#0')
  })

  it('reads alternatives with a name', () => {
    expect(parsed('[expiration: EX seconds:integer | KEEPTTL]')).toBe(
      'expiration:oneof optional (seconds:integer "EX", keepttl:pure-token "KEEPTTL")',
    )
    expect(parsed('{where: LEFT | RIGHT}')).toBe(
      'where:oneof (left:pure-token "LEFT", right:pure-token "RIGHT")',
    )
  })

  it('makes a block of an alternative with several parts', () => {
    expect(parsed('{x: a b | c}')).toBe('x:oneof (a_b:block (a:string, b:string), c:string)')
  })

  it('reads repetition', () => {
    expect(parsed('key...')).toBe('key:key#0 multiple')
    expect(parsed('[key...]')).toBe('key:key#0 optional multiple')
    expect(parsed('[GET pattern]...!')).toBe(
      'pattern:pattern "GET" optional multiple multiple_token',
    )
    expect(parsed('[GET pattern...!]')).toBe(
      'pattern:pattern "GET" optional multiple multiple_token',
    )
    expect(parsed('[a: NX | XX]...')).toBe(
      'a:oneof optional multiple (nx:pure-token "NX", xx:pure-token "XX")',
    )
  })

  it('reads versions', () => {
    expect(parsed('[GET@6.2.0]')).toBe('get:pure-token "GET" since 6.2.0 optional')
    expect(parsed('[count:integer]@6.2.0')).toBe('count:integer since 6.2.0 optional')
    expect(parsed('a@1.0.0@-7.0.0')).toBe('a:string since 1.0.0 until 7.0.0')
  })

  it.each([
    ['[key', '"]" is missing'],
    ['{a: b', '"}" is missing'],
    ['key]', 'unexpected "]"'],
    ['a | b', 'unexpected "|"'],
    ['[a |]', 'nothing to choose or to repeat'],
    ['[]', 'nothing to choose or to repeat'],
    ['a:number', 'no such type: "number"'],
    ['Key', 'neither a token nor an argument'],
  ])('refuses %s', (text, why) => {
    expect(() => parseSyntax(text)).toThrow(why)
  })
})

describe('hints', () => {
  it('look as in redis-cli', () => {
    expect(hint('key value [c: NX | XX] [GET] [e: EX seconds:integer | KEEPTTL]')).toBe(
      'key value [NX|XX] [GET] [EX seconds|KEEPTTL]',
    )
    expect(hint('{data: key value}...')).toBe('key value [key value ...]')
    expect(
      hint('key [BY pattern] [LIMIT {l: offset:integer count:integer}] [GET pattern...!]'),
    ).toBe('key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]]')
    expect(hint('[section...]')).toBe('[section [section ...]]')
    expect(hint('MATCH pattern...')).toBe('MATCH pattern [pattern ...]')
  })
})
