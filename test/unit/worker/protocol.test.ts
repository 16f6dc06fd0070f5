import { describe, expect, it } from 'vitest'
import { MemoryKeeper } from '../../../src/client/local.ts'
import { RedisClient } from '../../../src/client/redis.ts'
import { families } from '../../../src/commands/index.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { toBytes } from '../../../src/util/bytes.ts'
import { PortLink, type PortLinkOptions } from '../../../src/worker/client.ts'
import { Host, type HostOptions } from '../../../src/worker/host.ts'
import type { Message } from '../../../src/worker/messages.ts'
import { channels, settleChannels, turn } from '../../helpers/channels.ts'
import { START, TestPlatform } from '../../helpers/run.ts'

/** A host with an engine, and the raw end of the port it serves. */
function serve(options: HostOptions = {}) {
  const [caller, end] = channels()
  const platform = new TestPlatform()
  const engine = new Engine({ platform, commands: families })
  const keeper = new MemoryKeeper()
  const given: unknown[] = []
  const host = new Host(
    end,
    (request) => {
      given.push(request)
      if (request === 'refuse') throw new TypeError('not with me')
      return { engine, keeper }
    },
    options,
  )
  // What a caller that is not under test hears.
  const heard: Message[] = []
  caller.listen({
    message: (data) => heard.push(data as Message),
    broken: () => {},
  })
  const say = async (message: object) => {
    caller.post(message as Message, [])
    await settleChannels(caller, end)
  }
  const hello = (more: object = {}) =>
    say({ kind: 'hello', protocol: 'respite', versions: [1], window: 1e6, options: null, ...more })
  const data = (session: number, text: string) =>
    say({ kind: 'data', frames: [session, text.length], bytes: toBytes(text) })
  return { caller, end, host, engine, platform, heard, say, hello, data, given }
}

const text = (messages: readonly Message[]): string =>
  messages
    .flatMap((message) => (message.kind === 'data' ? [...message.bytes] : []))
    .map((byte) => String.fromCharCode(byte))
    .join('')

/** A link and a host on a simulated port, everything delivered. */
async function connect(options: Partial<PortLinkOptions> = {}, hosting: HostOptions = {}) {
  const [caller, end] = channels()
  const platform = new TestPlatform()
  const engine = new Engine({ platform, commands: families })
  const keeper = new MemoryKeeper()
  const host = new Host(end, () => ({ engine, keeper }), hosting)
  const connecting = PortLink.connect(caller, { after: platform.after.bind(platform), ...options })
  const settle = () => settleChannels(caller, end)
  await settle()
  const link = await connecting
  const opening = RedisClient.over(link)
  await settle()
  const redis = await opening
  return { caller, end, platform, engine, keeper, host, link, redis, settle }
}

describe('the handshake', () => {
  it('agrees on a version and says how things stand', async () => {
    const { hello, heard, given } = serve({ window: 5000 })
    await hello({ versions: [7, 1], options: { any: 'thing' } })
    expect(given).toEqual([{ any: 'thing' }])
    expect(heard).toMatchObject([
      { kind: 'welcome', version: 1, window: 5000, status: { state: 'ready', store: 'memory' } },
    ])
  })

  it('refuses a caller that speaks no common version, and says which it could', async () => {
    const { hello, heard, end } = serve()
    await hello({ versions: [3, 4] })
    expect(heard).toEqual([
      {
        kind: 'refused',
        versions: [2, 1],
        error: {
          code: 'version',
          message: 'The engine speaks versions 2, 1 of the protocol, not 3, 4',
        },
      },
    ])
    expect(end.closed).toBe(true)
  })

  it('a version mismatch is a typed error for the caller', async () => {
    const [caller, end] = channels()
    const platform = new TestPlatform()
    const connecting = PortLink.connect(caller, { after: platform.after.bind(platform) })
    end.listen({ message: () => {}, broken: () => {} })
    const error = {
      code: 'version',
      message: 'The engine speaks versions 9 of the protocol, not 1',
    }
    end.post({ kind: 'refused', versions: [9], error }, [])
    const failed = expect(connecting).rejects.toMatchObject({ name: 'ProtocolError', ...error })
    await settleChannels(caller, end)
    await failed
    expect(caller.closed).toBe(true)
  })

  it('passes on why the host refuses', async () => {
    const { hello, heard } = serve()
    await hello({ options: 'refuse' })
    expect(heard).toMatchObject([
      { kind: 'refused', error: { code: 'TypeError', message: 'not with me' } },
    ])
  })

  it('gives up when nobody answers in time', async () => {
    const [caller] = channels()
    const platform = new TestPlatform()
    const options = { after: platform.after.bind(platform), connectTimeout: 3000 }
    const connecting = PortLink.connect(caller, options)
    const failed = expect(connecting).rejects.toMatchObject({
      code: 'timeout',
      message: 'The engine did not answer within 3000 ms',
    })
    platform.wind(START + 3000)
    await failed
    expect(caller.closed).toBe(true)
  })
})

describe('a host', () => {
  it('serves RESP in order, whatever the borders of the messages', async () => {
    const { hello, say, data, heard } = serve()
    await hello()
    await say({ kind: 'open', session: 0 })
    await data(0, '*1\r\n$4\r\nPI')
    await data(0, 'NG\r\nECHO hi\r\n')
    expect(text(heard)).toBe('+PONG\r\n$2\r\nhi\r\n')
  })

  it('answers a question and a ping', async () => {
    const { hello, say, heard } = serve()
    await hello()
    await say({ kind: 'ask', id: 7, what: 'flush' })
    await say({ kind: 'ping' })
    expect(heard.slice(1)).toEqual([{ kind: 'answer', id: 7, error: null }, { kind: 'pong' }])
  })

  it('says when a session ends, and why', async () => {
    const { hello, say, data, heard, engine } = serve()
    await hello()
    await say({ kind: 'open', session: 0 })
    await say({ kind: 'open', session: 1 })
    await data(0, 'QUIT\r\n')
    await say({ kind: 'end', session: 1 })
    expect(text(heard)).toBe('+OK\r\n')
    // The last reply is not overtaken by the word that it was the last.
    expect(heard.map(({ kind }) => kind)).toEqual(['welcome', 'data', 'closed', 'closed'])
    expect(heard.filter(({ kind }) => kind === 'closed')).toEqual([
      {
        kind: 'closed',
        session: 0,
        error: { code: 'CLOSED', message: 'The engine closed the session' },
      },
      { kind: 'closed', session: 1, error: null },
    ])
    expect(engine.clients.size).toBe(0)
  })

  it('answers broken RESP as Redis does, and ends that session only', async () => {
    const { hello, say, data, heard } = serve()
    await hello()
    await say({ kind: 'open', session: 0 })
    await say({ kind: 'open', session: 1 })
    await data(0, '*1\r\n!\r\n')
    await data(1, 'PING\r\n')
    expect(text(heard)).toBe("-ERR Protocol error: expected '$', got '!'\r\n+PONG\r\n")
    expect(heard.filter(({ kind }) => kind === 'closed')).toMatchObject([{ session: 0 }])
  })

  it('gives a port up whose other side does not follow the protocol', async () => {
    for (const bad of [
      { kind: 'nonsense' },
      { kind: 'data', frames: [0, 5], bytes: new Uint8Array(1) },
      { kind: 'hello', protocol: 'respite', versions: [1], window: 1, options: null },
      { kind: 'open', session: 0 },
      { kind: 'end', session: 3 },
      { kind: 'welcome', version: 1, window: 1, status: null },
      { kind: 'answer', id: 0, error: null },
      'garbage',
    ]) {
      const { hello, say, end, host, engine } = serve()
      await hello()
      await say({ kind: 'open', session: 0 })
      expect(engine.clients.size).toBe(1)
      await say(bad as object)
      expect(end.closed, JSON.stringify(bad)).toBe(true)
      expect(host.sessions).toBe(0)
      expect(engine.clients.size).toBe(0)
    }
  })

  it('answers nothing before the handshake', async () => {
    const { say, end } = serve()
    await say({ kind: 'open', session: 0 })
    expect(end.closed).toBe(true)
  })

  it('takes no more than it has room for', async () => {
    const { hello, say, data, end } = serve({ window: 100 })
    await hello()
    await say({ kind: 'open', session: 0 })
    await data(0, `${'x'.repeat(98)}\r\n`)
    expect(end.closed).toBe(false)
    await data(0, 'x'.repeat(101))
    expect(end.closed).toBe(true)
  })

  it('drops what still arrives for a session that is over', async () => {
    const { hello, say, data, end, heard } = serve()
    await hello()
    await say({ kind: 'open', session: 0 })
    await data(0, 'QUIT\r\n')
    await data(0, 'PING\r\n')
    await say({ kind: 'end', session: 0 })
    expect(end.closed).toBe(false)
    expect(text(heard)).toBe('+OK\r\n')
  })

  it('holds replies back until the caller has room', async () => {
    const { hello, say, data, heard, engine } = serve()
    await hello({ window: 1000 })
    await say({ kind: 'open', session: 0 })
    await data(0, `SET k ${'v'.repeat(900)}\r\n`)
    const before = engine.stats.commandsProcessed
    await data(0, 'GET k\r\n'.repeat(10))
    expect(text(heard).length).toBe(1000)
    await say({ kind: 'credit', grants: [0, 500] })
    expect(text(heard).length).toBe(1500)
    await say({ kind: 'credit', grants: [0, 100_000] })
    expect(text(heard).length).toBe('+OK\r\n'.length + 10 * '$900\r\n\r\n'.length + 10 * 900)
    expect(engine.stats.commandsProcessed - before).toBe(10)
  })

  it('gives no credit while replies are held back, so that requests stay where they are', async () => {
    const { hello, say, data, heard } = serve({ window: 2000 })
    const credits = () => heard.filter(({ kind }) => kind === 'credit')
    await hello({ window: 1000 })
    await say({ kind: 'open', session: 0 })
    await data(0, `SET k ${'v'.repeat(990)}\r\n`)
    await data(0, 'GET k\r\n'.repeat(100))
    await data(0, 'GET k\r\n'.repeat(40))
    expect(credits()).toEqual([])
    await say({ kind: 'credit', grants: [0, 1_000_000] })
    expect(credits()).toEqual([{ kind: 'credit', grants: [0, 998 + 140 * 7] }])
    expect(text(heard).length).toBe(5 + 140 * '$990\r\n\r\n'.length + 140 * 990)
  })

  it('lets go of a caller that left without a word', async () => {
    let closed = 0
    const { hello, say, end, engine } = serve({ onClose: () => closed++ })
    await hello()
    await say({ kind: 'open', session: 0 })
    end.ears?.broken('The other side is gone')
    expect(engine.clients.size).toBe(0)
    expect(closed).toBe(1)
  })
})

describe('a caller', () => {
  it('sends what is called in one turn as one message', async () => {
    const { caller, redis, settle } = await connect()
    const opening = redis.duplicate()
    await settle()
    const other = await opening
    const before = caller.posted.length
    const calls = [redis.set('a', 1), redis.get('a'), other.get('a'), redis.get('b')]
    await turn()
    const sent = caller.posted.slice(before)
    expect(sent.map(({ kind }) => kind)).toEqual(['data'])
    expect((sent[0] as unknown as { frames: number[] }).frames).toHaveLength(4)
    await settle()
    expect(await Promise.all(calls)).toEqual(['OK', '1', '1', null])
  })

  it('rejects everything when the other side dies in silence', async () => {
    const { end, redis, platform, settle } = await connect({ deadline: 1000 })
    const errors: unknown[] = []
    redis.on('error', (error) => errors.push(error))
    end.dead = true
    const call = redis.get('k')
    const failed = expect(call).rejects.toMatchObject({
      name: 'ProtocolError',
      code: 'dead',
      message: 'The engine has not said a word for 1000 ms',
    })
    for (let i = 0; i < 6; i++) {
      await settle()
      platform.wind(platform.now() + 500)
    }
    await failed
    expect(errors).toMatchObject([{ code: 'dead' }])
    await expect(redis.get('k')).rejects.toMatchObject({ code: 'dead' })
    expect(redis.status.state).toBe('closed')
  })

  it('waits as long as it takes for a call that blocks, if the other side lives', async () => {
    const { redis, platform, settle } = await connect({ deadline: 1000 })
    let popped: unknown = 'nothing yet'
    void redis.blpop('q', 0).then((value) => {
      popped = value
    })
    for (let i = 0; i < 40; i++) {
      await settle()
      platform.wind(platform.now() + 500)
    }
    expect(popped).toBe('nothing yet')
    void redis.rpush('q', 'a')
    await settle()
    expect(popped).toEqual(['q', 'a'])
  })

  it('asks nothing while it waits for nothing', async () => {
    const { caller, platform, settle } = await connect({ deadline: 1000 })
    const before = caller.posted.length
    for (let i = 0; i < 20; i++) {
      await settle()
      platform.wind(platform.now() + 500)
    }
    expect(caller.posted.length).toBe(before)
  })

  it('rejects everything, and once, on a message that is not one', async () => {
    for (const [bad, code] of [
      [{ kind: 'nonsense' }, 'unknown-message'],
      [{ kind: 'data', frames: [0, 9], bytes: new Uint8Array(2) }, 'malformed'],
      [{ kind: 'hello', protocol: 'respite', versions: [], window: 1, options: 0 }, 'unexpected'],
      [{ kind: 'bye', error: null }, 'left'],
      [{ kind: 'bye', error: { code: 'X', message: 'because' } }, 'left'],
    ] as const) {
      const { caller, end, redis, settle } = await connect()
      const failed = expect(redis.get('k')).rejects.toMatchObject({ name: 'ProtocolError', code })
      const again = expect(redis.blpop('k', 0)).rejects.toMatchObject({ code })
      end.queue.push(bad)
      await settle()
      await failed
      await again
      expect(caller.closed).toBe(true)
    }
  })

  it('gives up the session whose reply is not RESP, and no other', async () => {
    const { end, redis, settle } = await connect()
    const opening = redis.duplicate()
    await settle()
    const other = await opening
    const failed = expect(redis.get('k')).rejects.toMatchObject({ code: 'malformed' })
    const bytes = toBytes('?what\r\n')
    end.queue.push({ kind: 'data', frames: [0, bytes.length], bytes })
    await settle()
    await failed
    const answer = other.ping()
    await settle()
    expect(await answer).toBe('PONG')
  })

  it('hears of the state of the data', async () => {
    const { redis, end, settle } = await connect()
    const states: string[] = []
    const progress: number[][] = []
    const fenced: Error[] = []
    redis.on('state', (state) => states.push(state))
    redis.on('progress', (loaded, total) => progress.push([loaded, total]))
    redis.on('fenced', (error) => fenced.push(error))
    const status = { ...redis.status }
    const error = { code: 'FENCED', message: 'somebody else has it' }
    end.queue.push(
      { kind: 'status', status: { ...status, state: 'loading', loaded: 1, total: 3 } },
      { kind: 'status', status: { ...status, state: 'loading', loaded: 2, total: 3 } },
      { kind: 'status', status: { ...status, state: 'ready', saved: false } },
      { kind: 'status', status: { ...status, state: 'fenced', error } },
    )
    await settle()
    expect(states).toEqual(['loading', 'ready', 'fenced'])
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
    ])
    expect(fenced).toMatchObject([{ message: 'somebody else has it' }])
    expect(redis.status).toMatchObject({ state: 'fenced', error })
  })

  it('leaves in order: sessions end, the host is told, the port is closed', async () => {
    const { caller, end, redis, engine, settle } = await connect()
    const popped = expect(redis.blpop('q', 0)).rejects.toMatchObject({ name: 'ClosedError' })
    const closing = redis.close()
    await settle()
    await closing
    await popped
    expect(caller.posted.map(({ kind }) => kind).slice(-2)).toEqual(['ask', 'bye'])
    expect([caller.closed, end.closed]).toEqual([true, true])
    expect(engine.clients.size).toBe(0)
  })
})
