import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import type { Command } from '../../src/core/command.ts'
import { CommandError } from '../../src/core/errors.ts'
import { OK } from '../../src/core/reply.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Connection } from '../../src/protocol/connection.ts'
import { fromBytes, toBytes } from '../../src/util/bytes.ts'
import { run, TestPlatform } from '../helpers/run.ts'

const all = Object.values(families)
  .flatMap((family) => Object.values(family))
  .flatMap((command) => {
    const inner = [...(command.subcommands?.values() ?? [])]
    return inner.length === 0 ? [command] : inner
  })

/** As few words as the command takes. */
function request({ fullName, arity }: Command): string[] {
  const words = fullName.split('|')
  while (words.length < Math.abs(arity)) words.push('1')
  return words
}

describe('who has not authenticated', () => {
  it('can do nothing but authenticate, reset and leave', () => {
    const allowed = all.filter((command) => {
      const r = run({ config: { requirepass: 'secret' } })
      const reply = r(request(command))
      if (!(reply instanceof CommandError)) return true
      // What is allowed to nobody is refused first.
      return !/NOAUTH|command not allowed/.test(`${reply.code} ${reply.message}`)
    })
    expect(allowed.map(({ fullName }) => fullName).sort()).toEqual(['auth', 'quit', 'reset'])
    const r = run({ config: { requirepass: 'secret' } })
    expect(r('HELLO 3 SETNAME x')).toMatchObject({ code: 'NOAUTH' })
    r('RESET')
    expect(r('GET k')).toMatchObject({ code: 'NOAUTH' })
    expect(r('AUTH secret')).toBe(OK)
    expect(r('GET k')).toBe(null)
    r('RESET')
    expect(r('GET k')).toMatchObject({ code: 'NOAUTH' })
  })

  it('is told the same of a wrong password, a user who is not there and one who may not come in', () => {
    const r = run({ config: { requirepass: 'secret' } })
    const admin = r.client()
    admin('AUTH secret')
    admin('ACL SETUSER off off >known')
    const replies = ['wrong', 'default wrong', 'nobody wrong', 'off known'].map((words) =>
      r(`AUTH ${words}`),
    )
    expect(new Set(replies.map((reply) => (reply as CommandError).message)).size).toBe(1)
    expect(replies[0]).toMatchObject({ code: 'WRONGPASS' })
  })
})

it('a secret is shown to nobody', () => {
  const r = run({ config: { 'slowlog-log-slower-than': '0' } })
  const monitor = r.client()
  monitor('MONITOR')
  const secret = 'hunter2hunter2'
  const said = [
    `ACL SETUSER ann on >${secret} +@all ~*`,
    `ACL SETUSER ann on >${secret} +nosuch`,
    `ACL SETUSER ann <${secret}x`,
    `AUTH ann ${secret}`,
    `AUTH ann ${secret}x`,
    `AUTH ${secret} x y`,
    `HELLO 3 AUTH ann ${secret} SETNAME`,
    `HELLO 3 AUTH ann ${secret}`,
    `CONFIG SET requirepass ${secret} nosuch 1`,
    `CONFIG SET requirepass ${secret}`,
    `CONFIG SET masterauth ${secret}`,
    `MIGRATE 127.0.0.1 1 k 0 10 AUTH2 ann ${secret}`,
    `MIGRATE 127.0.0.1 1 k 0 10 AUTH ${secret}`,
  ]
  for (const line of said) r(line)
  // Who says it may be told what was wrong with it; nobody else is.
  const replies = [
    `ACL LIST`,
    `ACL GETUSER ann`,
    `ACL LOG`,
    `INFO everything`,
    `CLIENT LIST`,
    `SLOWLOG GET -1`,
    `LATENCY HISTOGRAM`,
  ].map((line) => r(line))
  const seen = JSON.stringify([replies, monitor.pushes, monitor.replies, r.platform.logged])
  expect(seen).toContain('ann')
  expect(seen).not.toContain(secret)
  // A user is kept by the digest alone.
  expect(JSON.stringify(r('ACL LIST'))).toMatch(/#[0-9a-f]{64}/)
})

it('no word of a request can end the line of an error', () => {
  const engine = new Engine({ platform: new TestPlatform(), commands: families })
  let written = ''
  const connection = new Connection(engine, {
    write: (bytes) => {
      written += fromBytes(bytes)
    },
    end: () => {},
  })
  const forged = fc.constantFrom(
    '\r\n+OK',
    '\n:1\r',
    'x\r\n\r\n$1\r\nx',
    '\r',
    '\n',
    "a'b\r\n-ERR x",
  )
  const requests = fc
    .tuple(
      fc.oneof(
        fc.constantFrom(
          ...all
            .map(({ fullName }) => fullName)
            .filter(
              (name) =>
                !/monitor|subscribe|reset|hello|quit|shutdown|sync|client|block|^b|wait|^x|multi|exec|debug|replconf/.test(
                  name,
                ),
            ),
        ),
        forged,
      ),
      fc.array(fc.oneof(forged, fc.constantFrom('1', 'k', 'GET')), { maxLength: 4 }),
    )
    .map(([name, words]) => [...name.split('|'), ...words])
  fc.assert(
    fc.property(requests, (argv) => {
      written = ''
      connection.receive(
        toBytes(
          `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
        ),
      )
      if (!written.startsWith('-')) return
      expect(written.indexOf('\r\n')).toBe(written.length - 2)
      expect(written.slice(0, -2)).not.toMatch(/[\r\n]/)
    }),
    { numRuns: 3000 },
  )
})

describe('names like those of properties', () => {
  const hostile = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

  it('are keys, fields, members, channels and options like any other', () => {
    for (const name of hostile) {
      const r = run()
      expect(r(['GET', name])).toBe(null)
      expect(r(['SET', name, '1'])).toBe(OK)
      expect(r(['GET', name])).toBe('1')
      expect(r(['HSET', 'h', name, 'v'])).toBe(1)
      expect(r(['HGET', 'h', name])).toBe('v')
      expect(r(['SADD', 's', name])).toBe(1)
      expect(r(['ZADD', 'z', '1', name])).toBe(1)
      expect(r(['ZSCORE', 'z', name])).not.toBe(null)
      expect(r(['XADD', 'x', '1-1', name, 'v'])).toBe('1-1')
      expect(r(['PUBLISH', name, 'm'])).toBe(0)
      expect(r(['CONFIG', 'GET', name])).toMatchObject({ items: [] })
      for (const command of [
        [name],
        ['CONFIG', name],
        ['CONFIG', 'SET', name, '1'],
        ['OBJECT', name, 'k'],
      ]) {
        expect(r(command)).toBeInstanceOf(CommandError)
      }
      expect(r(['ACL', 'GETUSER', name])).toBe(null)
      expect(r(['SET', 'k', 'v', name])).toBeInstanceOf(CommandError)
      expect(r(['COMMAND', 'INFO', name])).toEqual([null])
      expect(({} as Record<string, unknown>)['1']).toBe(undefined)
    }
  })
})
