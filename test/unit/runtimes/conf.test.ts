/** What the words of a command line and the lines of a redis.conf mean. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { confOfFlags, parseConf, parseFlags } from '../../../src/runtimes/node/conf.ts'
import { meaningOf } from '../../../src/runtimes/node/settings.ts'

const dir = mkdtempSync(join(tmpdir(), 'respite-conf-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const flags = (...argv: string[]): unknown[] =>
  parseFlags(argv).map(([name, values]) => [name, ...values])
const optionsOf = (text: string): Record<string, string> => meaningOf(parseConf(text)).config

describe('flags', () => {
  it('are lines: a name, and all words up to the next one', () => {
    expect(confOfFlags(['--port', '7000', '--save', '60', '1'])).toBe(
      'port "7000" \nsave "60" "1" ',
    )
    expect(flags('--PORT', '7000', '--bind', 'a', 'b')).toEqual([
      ['port', '7000'],
      ['bind', 'a', 'b'],
    ])
  })

  it('take a value with two dashes, if they have none yet', () => {
    expect(flags('--title', '--mine', '--port', '1')).toEqual([
      ['title', '--mine'],
      ['port', '1'],
    ])
    expect(flags('--port', '--loglevel', 'verbose')).toEqual([['port', '--loglevel', 'verbose']])
  })

  it('may have name and value in one word', () => {
    expect(
      flags('--port 7000', "--dir 'a b'", '--hz=5', '--title={a} b', '--timeout', '1'),
    ).toEqual([
      ['port', '7000'],
      ['dir', 'a b'],
      ['hz', '5'],
      ['title', '{a} b'],
      ['timeout', '1'],
    ])
  })

  it('without dashes in front make a line of their own', () => {
    expect(flags('loglevel', 'verbose', '--port', '1')).toEqual([
      ['loglevel', 'verbose'],
      ['port', '1'],
    ])
  })

  it('--save without a value saves nothing', () => {
    expect(flags('--save', '--port', '1')).toEqual([
      ['save', ''],
      ['port', '1'],
    ])
    expect(flags('--port', '1', '--save')).toEqual([
      ['port', '1'],
      ['save', ''],
    ])
    expect(flags('--title', '--save', '--save', '')).toEqual([
      ['title', '--save'],
      ['save', ''],
    ])
  })

  it('keep every byte', () => {
    expect(flags('--requirepass', 'a "b"\\ \x00\xff')).toEqual([
      ['requirepass', 'a "b"\\ \x00\xff'],
    ])
  })
})

describe('lines', () => {
  it('know where they stand', () => {
    expect(parseConf('\n# no\n  Port 1  \r\n')).toEqual([
      ['port', ['1'], { line: 3, text: 'Port 1' }],
    ])
    expect(() => parseConf('port 1\n"a')).toThrow('Unbalanced quotes in configuration line')
  })

  it('give options, the last of each; save points add up, and an empty one takes all away', () => {
    expect(optionsOf('port 1\nPORT 2\nmaxmemory 1mb')).toEqual({ port: '2', maxmemory: '1048576' })
    expect(optionsOf('save 900 1\nsave "100 100"')).toEqual({ save: '900 1 100 100' })
    expect(optionsOf('save 900 1\nsave ""\nsave 1 2')).toEqual({ save: '1 2' })
    expect(optionsOf('hash-max-ziplist-entries 1\nhash-max-listpack-entries 2')).toEqual({
      'hash-max-listpack-entries': '2',
    })
    expect(
      optionsOf('client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit pubsub 4 5 6'),
    ).toEqual({
      'client-output-buffer-limit': 'normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6',
    })
  })

  it.each([
    ['port', 'wrong number of arguments'],
    ['port 1 2', 'wrong number of arguments'],
    ['port x', "argument couldn't be parsed into an integer"],
    ['nonsense 1', 'Bad directive or wrong number of arguments'],
    ['include a b', 'Bad directive or wrong number of arguments'],
    ['rename-command a', 'Bad directive or wrong number of arguments'],
    ['replicaof host x', 'Invalid master port'],
    ['replicaof host 65536', 'Invalid master port'],
    ['slaveof host', 'wrong number of arguments'],
    ['replicaof host 1', 'This server cannot be a replica'],
    ['loadmodule x.so', 'Modules cannot be loaded'],
    ['sentinel x', 'sentinel directive while not in sentinel mode'],
  ])('%s: %s', (line, why) => {
    expect(() => meaningOf(parseConf(line))).toThrow(why)
    expect(() => meaningOf([['hz', ['x']]])).toThrow(
      "hz: argument couldn't be parsed into an integer",
    )
  })

  it('that name no primary are well', () => {
    expect(optionsOf('replicaof no one\nslaveof ""\nport 1')).toEqual({ port: '1' })
  })

  it('name users and rename commands', () => {
    const { users, renames } = meaningOf(parseConf('user a on\nrename-command GET ""'))
    expect(users).toEqual(['user a on'])
    expect(renames).toMatchObject([{ from: 'GET', to: '' }])
  })

  it('include files, by name or by pattern, as seen from dir', () => {
    mkdirSync(join(dir, 'more'))
    writeFileSync(join(dir, 'one.conf'), 'hz 20\n')
    writeFileSync(join(dir, 'more/b.conf'), 'timeout 2\nport 2\n')
    writeFileSync(join(dir, 'more/a.conf'), 'timeout 1\nport 1\n')
    writeFileSync(join(dir, 'more/.c.conf'), 'timeout 3\n')
    writeFileSync(join(dir, 'wrong.conf'), 'hz 1\nhz x\n')
    writeFileSync(join(dir, 'round.conf'), 'include round.conf\n')
    const at = `dir ${dir}\n`
    expect(optionsOf(`${at}include one.conf\ninclude ${dir}/m*/*.conf\nport 9`)).toEqual({
      dir,
      hz: '20',
      timeout: '2',
      port: '9',
    })
    expect(optionsOf(`${at}include none*/x\nport 9`)).toEqual({ dir, port: '9' })
    expect(() => optionsOf(`${at}include none.conf`)).toThrow(
      `Fatal error, can't open config file '${dir}/none.conf': No such file or directory`,
    )
    expect(() => optionsOf(`${at}include wrong.conf`)).toThrow(
      expect.objectContaining({ place: { line: 2, text: 'hz x' } }),
    )
    expect(() => optionsOf(`${at}include round.conf`)).toThrow(
      'Files include each other too deeply',
    )
  })
})
