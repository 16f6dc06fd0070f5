import { describe, expect, it } from 'vitest'
import type { CommandError } from '../../../src/core/errors.ts'
import { run } from '../../helpers/run.ts'

describe('a command that was renamed', () => {
  it('answers to its new name only, in any case', () => {
    const r = run()
    r('SET warm up')
    r.engine.dispatcher.rename('Set', 'Put')
    expect((r('SET a 1') as CommandError).message).toBe(
      "unknown command 'SET', with args beginning with: 'a' '1' ",
    )
    expect(r('PUT a 1')).toMatchObject({ text: 'OK' })
    expect(r('pUt a 2')).toMatchObject({ text: 'OK' })
    expect(r('GET a')).toBe('2')
    expect(r('COMMAND INFO set')).toEqual([null])
    expect((r('COMMAND INFO put') as string[][])[0]?.[0]).toBe('set')
  })

  it('is journaled under its own name, and found again by who reads the journal', () => {
    const r = run()
    r.engine.dispatcher.rename('xgroup', 'groups')
    r.engine.dispatcher.rename('set', '')
    r('XADD s 1-1 a 1')
    r('GROUPS CREATE s g 0')
    expect(r.effects.at(-1)).toEqual(['xgroup', 'CREATE', 's', 'g', '0'])
    r.session.internal = true
    expect(r('SET a 1')).toMatchObject({ text: 'OK' })
    expect(r('XGROUP CREATE s h 0')).toMatchObject({ text: 'OK' })
  })

  it('may be there no longer', () => {
    const r = run()
    const count = r('COMMAND COUNT') as number
    r.engine.dispatcher.rename('flushall', '')
    expect((r('FLUSHALL') as CommandError).message).toMatch(/^unknown command 'FLUSHALL'/)
    expect(r('COMMAND COUNT')).toBe(count - 1)
    // Rules are about commands, whatever they are called.
    expect(r('ACL SETUSER eve +flushall')).toMatchObject({ text: 'OK' })
  })

  it('has to be one, and cannot take the place of another', () => {
    const { dispatcher } = run().engine
    expect(() => dispatcher.rename('nope', 'x')).toThrow('No such command in rename-command')
    expect(() => dispatcher.rename('get', 'set')).toThrow('Target command name already exists')
    dispatcher.rename('set', 'put')
    dispatcher.rename('get', 'set')
    dispatcher.rename('set', 'SET')
  })
})
