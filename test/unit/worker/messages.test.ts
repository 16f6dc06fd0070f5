import { describe, expect, it } from 'vitest'
import { failureOf, ProtocolError, readMessage } from '../../../src/worker/messages.ts'

const codeOf = (data: unknown): string => {
  try {
    readMessage(data)
    return 'none'
  } catch (error) {
    return (error as ProtocolError).code
  }
}

describe('readMessage', () => {
  it('takes what the protocol knows, unchanged', () => {
    const data = { kind: 'data', frames: [0, 2, 3, 1], bytes: new Uint8Array(3) }
    expect(readMessage(data)).toBe(data)
    expect(codeOf({ kind: 'ping' })).toBe('none')
    expect(codeOf({ kind: 'end', session: 0, later: 'fields are ignored' })).toBe('none')
  })

  it('calls a message by a name nobody knows unknown', () => {
    expect(codeOf({ kind: 'nonsense' })).toBe('unknown-message')
    expect(codeOf({ kind: 'toString' })).toBe('unknown-message')
    expect(codeOf({ kind: 7 })).toBe('unknown-message')
  })

  it('calls anything else malformed', () => {
    for (const data of [null, undefined, 1, 'hello', [], {}, new Uint8Array(2)]) {
      expect(codeOf(data)).toBe('malformed')
    }
    for (const data of [
      { kind: 'hello', protocol: 'redis', versions: [1], window: 1, options: null },
      { kind: 'hello', protocol: 'respite', versions: 1, window: 1, options: null },
      { kind: 'open', session: -1 },
      { kind: 'open', session: 1.5 },
      { kind: 'end' },
      { kind: 'ask', id: 0, what: 'nonsense' },
      { kind: 'answer', id: 0, error: 'text' },
      { kind: 'closed', session: 0 },
      { kind: 'credit', grants: [1] },
      { kind: 'welcome', version: 1, window: 1, status: {} },
    ]) {
      expect(codeOf(data), JSON.stringify(data)).toBe('malformed')
    }
  })

  it('frames must add up to the bytes that are there', () => {
    const bytes = new Uint8Array(3)
    expect(codeOf({ kind: 'data', frames: [0, 2], bytes })).toBe('malformed')
    expect(codeOf({ kind: 'data', frames: [0, 2, 1], bytes })).toBe('malformed')
    expect(codeOf({ kind: 'data', frames: [0, 4, 0, -1], bytes })).toBe('malformed')
    expect(codeOf({ kind: 'data', frames: [0, 3], bytes: [1, 2, 3] })).toBe('malformed')
    expect(codeOf({ kind: 'data', frames: [0, 3], bytes })).toBe('none')
  })
})

describe('failureOf', () => {
  it('keeps code and text of any error', () => {
    expect(failureOf(new ProtocolError('overrun', 'too much'))).toEqual({
      code: 'overrun',
      message: 'too much',
    })
    expect(failureOf(new RangeError('far'))).toEqual({ code: 'RangeError', message: 'far' })
    expect(failureOf('text')).toEqual({ code: 'ERR', message: 'text' })
  })
})
