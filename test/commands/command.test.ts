import { describe, expect, it } from 'vitest'
import { CommandError, syntaxError, wrongArity } from '../../src/core/errors.ts'
import { MapReply, type Reply, SetReply, Status } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

const statuses = (...words: string[]) => new SetReply(words.map((word) => new Status(word)))

/** A map reply as an object. */
function object(reply: Reply): Record<string, Reply> {
  const { items } = reply as MapReply
  const entries: [string, Reply][] = []
  for (let i = 0; i < items.length; i += 2)
    entries.push([items[i] as string, items[i + 1] as Reply])
  return Object.fromEntries(entries)
}

describe('COMMAND', () => {
  it('describes every command, and COMMAND COUNT counts the same', () => {
    const r = run()
    const all = r('COMMAND') as Reply[]
    expect(r('COMMAND COUNT')).toBe(all.length)
    expect(r('COMMAND INFO')).toEqual(all)
    expect(Object.keys(object(r('COMMAND DOCS'))).length).toBe(all.length)
  })

  it('INFO has arity, flags, keys, categories and key specifications', () => {
    const r = run()
    expect(r('COMMAND INFO get nosuch')).toEqual([
      [
        'get',
        2,
        statuses('readonly', 'fast'),
        1,
        1,
        1,
        statuses('@read', '@string', '@fast'),
        new SetReply([]),
        new SetReply([
          new MapReply([
            'flags',
            statuses('RO', 'access'),
            'begin_search',
            new MapReply(['type', 'index', 'spec', new MapReply(['index', 1])]),
            'find_keys',
            new MapReply([
              'type',
              'range',
              'spec',
              new MapReply(['lastkey', 0, 'keystep', 1, 'limit', 0]),
            ]),
          ]),
        ]),
        new SetReply([]),
      ],
      null,
    ])
  })

  it('INFO has the subcommands of a container, and takes them by their full name', () => {
    const r = run()
    const [config] = r('COMMAND INFO config') as Reply[][]
    const [get] = r('COMMAND INFO CONFIG|GET') as Reply[][]
    expect((config as Reply[])[9]).toContainEqual(get)
    expect(get?.slice(0, 2)).toEqual(['config|get', -3])
    expect(r('COMMAND INFO config|nosuch get|x config|get|x')).toEqual([null, null, null])
  })

  it('INFO does not show flags that are the server’s own business', () => {
    const r = run()
    const [debug] = r('COMMAND INFO debug') as Reply[][]
    expect(debug?.[2]).toEqual(statuses('admin', 'noscript', 'loading', 'stale'))
  })
})

describe('COMMAND DOCS', () => {
  it('has the arguments as a tree', () => {
    const r = run()
    const docs = object(object(r('COMMAND DOCS mset'))['mset'] as Reply)
    expect(Object.keys(docs)).toEqual(['summary', 'since', 'group', 'complexity', 'arguments'])
    expect(docs['arguments']).toEqual([
      new MapReply([
        'name',
        'data',
        'type',
        'block',
        'flags',
        statuses('multiple'),
        'arguments',
        [
          new MapReply(['name', 'key', 'type', 'key', 'display_text', 'key', 'key_spec_index', 0]),
          new MapReply(['name', 'value', 'type', 'string', 'display_text', 'value']),
        ],
      ]),
    ])
  })

  it('marks what is deprecated or not for users', () => {
    const r = run()
    const docs = object(r('COMMAND DOCS getset debug'))
    const getset = object(docs['getset'] as Reply)
    expect(getset['doc_flags']).toEqual(statuses('deprecated'))
    expect(getset['deprecated_since']).toBe('6.2.0')
    expect(getset['replaced_by']).toEqual(expect.any(String))
    expect(object(docs['debug'] as Reply)['doc_flags']).toEqual(statuses('syscmd'))
  })

  it('leaves out what is not there, and puts subcommands into their container', () => {
    const r = run()
    expect(r('COMMAND DOCS nosuch')).toEqual(new MapReply([]))
    const config = object(object(r('COMMAND DOCS nosuch config'))['config'] as Reply)
    expect(Object.keys(object(config['subcommands'] as Reply))).toContain('config|get')
    expect(Object.keys(object(r('COMMAND DOCS config|get')))).toEqual(['config|get'])
  })
})

describe('COMMAND LIST', () => {
  it('filters by pattern and category', () => {
    const r = run()
    expect(r('COMMAND LIST FILTERBY PATTERN config|*t')).toEqual([
      'config|get',
      'config|resetstat',
      'config|set',
    ])
    expect(r('COMMAND LIST FILTERBY ACLCAT TRANSACTION')).toEqual(
      expect.arrayContaining(['multi', 'exec', 'watch']),
    )
    expect(r('COMMAND LIST FILTERBY ACLCAT nosuch')).toEqual([])
    expect(r('COMMAND LIST FILTERBY MODULE any')).toEqual([])
  })

  it('names subcommands too', () => {
    expect(run()('COMMAND LIST')).toEqual(expect.arrayContaining(['get', 'config', 'config|get']))
  })

  it('refuses other filters', () => {
    const r = run()
    expect(r('COMMAND LIST FILTERBY')).toBe(syntaxError)
    expect(r('COMMAND LIST FILTERBY PATTERN')).toBe(syntaxError)
    expect(r('COMMAND LIST FILTERBY FOO bar')).toBe(syntaxError)
    expect(r('COMMAND LIST foo')).toBe(syntaxError)
  })
})

describe('COMMAND GETKEYS', () => {
  it('picks the keys out of a request', () => {
    const r = run()
    expect(r('COMMAND GETKEYS MSET a 1 b 2')).toEqual(['a', 'b'])
    expect(r('COMMAND GETKEYS memory usage a')).toEqual(['a'])
  })

  it('takes a command of one word, which 7.0 did not', () => {
    const r = run()
    expect(r('COMMAND GETKEYS PING')).toEqual(new CommandError('The command has no key arguments'))
    expect(r('COMMAND GETKEYS NOSUCH')).toEqual(new CommandError('Invalid command specified'))
    expect(r('COMMAND GETKEYS GET')).toEqual(
      new CommandError('Invalid number of arguments specified for command'),
    )
    expect(r('COMMAND GETKEYS')).toEqual(wrongArity('command|getkeys'))
  })

  it('says what SET does with its key, which depends on the options', () => {
    const r = run()
    expect(r('COMMAND GETKEYSANDFLAGS SET a b')).toEqual([['a', statuses('OW', 'update')]])
    expect(r('COMMAND GETKEYSANDFLAGS SET a get GET')).toEqual([
      ['a', statuses('RW', 'access', 'update')],
    ])
    expect(r('COMMAND GETKEYSANDFLAGS SET a b ifeq x')).toEqual([['a', statuses('RW', 'update')]])
  })

  it('HELP is a list of lines', () => {
    const lines = run()('COMMAND HELP') as Status[]
    expect(lines[0]?.text).toMatch(/^COMMAND <subcommand>/)
    expect(lines.map((line) => line.text)).toContain('COUNT')
  })
})
