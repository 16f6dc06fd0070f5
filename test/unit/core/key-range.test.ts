import { describe, expect, it } from 'vitest'
import * as server from '../../../src/commands/command.ts'
import {
  command,
  countedKeys,
  type Flag,
  type KeySpec,
  key,
  keys,
  keysAfter,
  rangeOf,
} from '../../../src/core/command.ts'
import { CommandError } from '../../../src/core/errors.ts'
import { run } from '../../helpers/run.ts'

const NONE = { first: 0, last: 0, step: 0, moves: false }

describe('the range of all key specifications together', () => {
  it.each<[string, KeySpec[], object]>([
    ['no keys', [], NONE],
    ['one key', [key(1)], { first: 1, last: 1, step: 1, moves: false }],
    ['every second word', [keys(1, -1, 2)], { first: 1, last: -1, step: 2, moves: false }],
    ['two neighbours', [key(1), key(2)], { first: 1, last: 2, step: 1, moves: false }],
    ['one and the rest', [key(1), keys(2, -1, 1)], { first: 1, last: -1, step: 1, moves: false }],
    ['keys that are apart', [key(1), key(3)], { first: 1, last: 1, step: 1, moves: true }],
    ['two steps', [key(1), keys(2, -1, 2)], { first: 1, last: 1, step: 1, moves: true }],
    ['a number of keys', [countedKeys(1, 1)], { ...NONE, moves: true }],
    ['one and a number', [key(1), countedKeys(2, 1)], { first: 1, last: 1, step: 1, moves: true }],
    ['a keyword', [keysAfter('KEYS', -2, -1, 1)], { ...NONE, moves: true }],
    [
      'not all there is to say',
      [key(1, 'incomplete')],
      { first: 1, last: 1, step: 1, moves: true },
    ],
  ])('%s', (_, specs, range) => {
    expect(rangeOf(specs)).toEqual(range)
  })
})

describe('COMMAND GETKEYS where a request has no keys', () => {
  const ask = (...flags: Flag[]) => {
    const WITH = command('with', {
      group: 'generic',
      since: '1.0.0',
      summary: 'Keys behind a keyword.',
      complexity: 'O(1)',
      syntax: 'word [KEYS key...]',
      arity: -2,
      flags,
      keys: keysAfter('KEYS', 1, -1, 1),
      reply: 'null',
      run: () => null,
    })
    const r = run({ commands: { server, generic: { WITH } } })
    return r('COMMAND GETKEYS with x y')
  }

  it('is an error, unless the command may do without', () => {
    expect(ask()).toEqual(new CommandError('Invalid arguments specified for command'))
    expect(ask('no_mandatory_keys')).toEqual([])
  })
})
