import { describe, expect, it } from 'vitest'
import { complete, docOf, hint, readDocs } from '../../../demo/complete.ts'
import { CommandError } from '../../../src/core/errors.ts'
import type { Reply } from '../../../src/core/reply.ts'
import { RespReader } from '../../../src/protocol/resp-reader.ts'
import { RespWriter } from '../../../src/protocol/resp-writer.ts'
import { run } from '../../helpers/run.ts'

/** COMMAND DOCS as it arrives in the page over a protocol. */
function docsOver(resp: 2 | 3) {
  const writer = new RespWriter()
  writer.write(run()('COMMAND DOCS'), resp)
  return readDocs(new RespReader().read(writer.take())[0] as Reply)
}

const docs = docsOver(3)
const labels = (line: string) => complete(docs, line).map(({ label }) => label)

describe('documents of the commands', () => {
  it('are the same whichever protocol they came over', () => {
    expect(docsOver(2)).toEqual(docs)
  })

  it('name every command and subcommand as it is typed, in order', () => {
    const names = docs.map(({ name }) => name)
    expect(names).toEqual([...names].sort())
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['GET', 'CONFIG SET', 'OBJECT ENCODING', 'EXEC']))
    // A container alone is no command that could be run.
    expect(names).not.toContain('CONFIG')
    expect(docs.find(({ name }) => name === 'GET')).toMatchObject({
      since: '1.0.0',
      complexity: 'O(1)',
      group: 'string',
    })
  })

  it('cannot be read out of an error', () => {
    expect(() => readDocs(new CommandError('no'))).toThrow('ERR no')
  })
})

describe('completion', () => {
  it('offers nothing for an empty line and nothing for what no command begins with', () => {
    expect(labels('')).toEqual([])
    expect(labels('   ')).toEqual([])
    expect(labels('XYZ')).toEqual([])
  })

  it('offers commands that begin so, in any case, but not what is complete', () => {
    expect(labels('lpo')).toEqual(['LPOP', 'LPOS'].filter((name) => docOf(docs, name)))
    expect(labels('getrange')).toEqual([])
    expect(labels('  getr')).toEqual(['GETRANGE'])
    expect(complete(docs, 'ping')).toEqual([])
    expect(complete(docs, 'dbs')[0]).toMatchObject({ insert: 'DBSIZE', label: 'DBSIZE' })
    expect(complete(docs, 'getr')[0]).toMatchObject({ insert: 'GETRANGE ' })
  })

  it('offers subcommands, however many spaces there are', () => {
    expect(labels('config s')).toEqual(['CONFIG SET'])
    expect(labels('config    s')).toEqual(['CONFIG SET'])
    expect(labels('config')).toEqual([
      'CONFIG GET',
      'CONFIG HELP',
      'CONFIG RESETSTAT',
      'CONFIG REWRITE',
      'CONFIG SET',
    ])
  })

  it('offers no more than asked for', () => {
    expect(complete(docs, 'C', 3)).toHaveLength(3)
    expect(complete(docs, 'C')).toHaveLength(8)
  })

  it('offers options of a command that begin with the last word and were not given', () => {
    expect(labels('SET a b e')).toEqual(['EX', 'EXAT'])
    expect(labels('SET a b EX 10 n')).toEqual(['NX'])
    expect(labels('SET a b NX n')).toEqual([])
    expect(labels('SET a b ')).toEqual([])
    expect(complete(docs, 'set a b px')[0]).toMatchObject({
      insert: 'set a b PXAT ',
      label: 'PXAT',
    })
    expect(complete(docs, 'SET a b keep')[0]).toMatchObject({
      insert: 'SET a b KEEPTTL',
      detail: 'option',
    })
  })
})

describe('hints', () => {
  it('say what is still to come', () => {
    expect(hint(docs, 'GETRANGE')).toBe('key start end')
    expect(hint(docs, 'GETRANGE ')).toBe('key start end')
    expect(hint(docs, 'GETRANGE k')).toBe('start end')
    expect(hint(docs, 'GETRANGE k ')).toBe('start end')
    expect(hint(docs, 'getrange k 0 ')).toBe('end')
    expect(hint(docs, 'GETRANGE k 0 -1 ')).toBe('')
    expect(hint(docs, 'CONFIG SET ')).toBe('parameter value [parameter value ...]')
  })

  it('leave out what no command is', () => {
    expect(hint(docs, '')).toBe('')
    expect(hint(docs, 'NOSUCH a')).toBe('')
    expect(hint(docs, 'CONFIG')).toBe('')
  })

  it('go on with what repeats, in brackets, once it was given', () => {
    expect(hint(docs, 'MGET ')).toBe('key [key ...]')
    expect(hint(docs, 'MGET a ')).toBe('[key ...]')
    expect(hint(docs, 'MSET a 1 ')).toBe('[key value ...]')
  })

  it('leave out options that were given', () => {
    const all = hint(docs, 'GETEX k ')
    expect(all).toContain('PERSIST')
    expect(all).toContain('EX seconds')
    // They exclude each other: one is enough.
    expect(hint(docs, 'GETEX k PERSIST ')).toBe('')
    expect(hint(docs, 'SET k v NX ')).not.toContain('NX')
    expect(hint(docs, 'SET k v NX ')).toContain('KEEPTTL')
  })
})
