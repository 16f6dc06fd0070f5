import { describe, expect, it } from 'vitest'
import { CommandError, notInSubscribedMode } from '../../src/core/errors.ts'
import { Many, OK, Push, Status } from '../../src/core/reply.ts'
import { run, type TestClient } from '../helpers/run.ts'

const confirmed = (...messages: [string, string | null, number][]) =>
  new Many(messages.map((items) => new Push(items)))
const messages = (client: TestClient) => client.pushes.splice(0).map((push) => (push as Push).items)

describe('SUBSCRIBE and its relatives', () => {
  it('confirm each channel, with the number of subscriptions', () => {
    const r = run()
    expect(r('SUBSCRIBE a b a')).toEqual(
      confirmed(['subscribe', 'a', 1], ['subscribe', 'b', 2], ['subscribe', 'a', 2]),
    )
    expect(r('PSUBSCRIBE x*')).toEqual(confirmed(['psubscribe', 'x*', 3]))
    expect(r('SSUBSCRIBE s')).toEqual(confirmed(['ssubscribe', 's', 1]))
    expect(r('UNSUBSCRIBE b none')).toEqual(
      confirmed(['unsubscribe', 'b', 2], ['unsubscribe', 'none', 2]),
    )
    expect(r('PUNSUBSCRIBE')).toEqual(confirmed(['punsubscribe', 'x*', 1]))
    expect(r('UNSUBSCRIBE')).toEqual(confirmed(['unsubscribe', 'a', 0]))
    expect(r('SUNSUBSCRIBE')).toEqual(confirmed(['sunsubscribe', 's', 0]))
  })

  it('confirm that there was nothing to end', () => {
    const r = run()
    expect(r('UNSUBSCRIBE')).toEqual(confirmed(['unsubscribe', null, 0]))
    expect(r('PUNSUBSCRIBE')).toEqual(confirmed(['punsubscribe', null, 0]))
    expect(r('SUNSUBSCRIBE')).toEqual(confirmed(['sunsubscribe', null, 0]))
  })

  it('end all in the order in which they began', () => {
    const r = run()
    r('SUBSCRIBE a b c')
    expect(r('UNSUBSCRIBE')).toEqual(
      confirmed(['unsubscribe', 'a', 2], ['unsubscribe', 'b', 1], ['unsubscribe', 'c', 0]),
    )
  })

  it('restrict a client to them in RESP2 only', () => {
    const r = run()
    for (const request of ['SUBSCRIBE a', 'PSUBSCRIBE a', 'SSUBSCRIBE a']) {
      const client = r.client()
      client(request)
      expect(client('GET a'), request).toEqual(notInSubscribedMode('get'))
      expect(client('CONFIG GET x'), request).toEqual(notInSubscribedMode('config|get'))
      client('RESET')
      expect(client('GET a'), request).toBe(null)
      const modern = r.client(3)
      modern(request)
      expect(modern('GET a'), request).toBe(null)
    }
  })

  it('answer in the place of their reply in a transaction, but for SSUBSCRIBE', () => {
    const r = run()
    for (const request of ['MULTI', 'SUBSCRIBE a b', 'SSUBSCRIBE s', 'UNSUBSCRIBE']) r(request)
    expect(r('EXEC')).toEqual([
      confirmed(['subscribe', 'a', 1], ['subscribe', 'b', 2]),
      new CommandError("SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
      confirmed(['unsubscribe', 'a', 1], ['unsubscribe', 'b', 0]),
    ])
  })

  it('end with the connection', () => {
    const r = run()
    const client = r.client()
    for (const request of ['SUBSCRIBE a', 'PSUBSCRIBE b', 'SSUBSCRIBE c']) client(request)
    client.disconnect()
    const { channels, patterns, shardChannels } = r.engine.pubsub
    expect([channels.size, patterns.size, shardChannels.size]).toEqual([0, 0, 0])
  })
})

describe('PUBLISH and SPUBLISH', () => {
  it('reach channels, then patterns, and count everybody reached', () => {
    const r = run()
    const client = r.client(3)
    client('PSUBSCRIBE n* *s x*')
    client('SUBSCRIBE news')
    expect(r('PUBLISH news hi')).toBe(3)
    expect(messages(client)).toEqual([
      ['message', 'news', 'hi'],
      ['pmessage', 'n*', 'news', 'hi'],
      ['pmessage', '*s', 'news', 'hi'],
    ])
    expect(r('PUBLISH other hi')).toBe(0)
  })

  it('do not reach from one world into the other', () => {
    const r = run()
    const client = r.client(3)
    client('SUBSCRIBE a')
    client('PSUBSCRIBE *')
    expect(r('SPUBLISH a x')).toBe(0)
    client('SSUBSCRIBE a')
    expect(r('SPUBLISH a x')).toBe(1)
    expect(messages(client)).toEqual([['smessage', 'a', 'x']])
  })

  it('leave no trace in the journal', () => {
    const r = run()
    r('PUBLISH a x')
    r('SPUBLISH a x')
    expect(r.effects).toEqual([])
  })

  it('answer a client that listens itself before it gets the message', () => {
    const r = run({ resp: 3 })
    r('SUBSCRIBE a')
    const order: unknown[] = []
    r.session.sink.reply = (reply) => order.push(reply)
    r.session.sink.push = (push) => order.push((push as Push).items[2])
    r('PUBLISH a 1')
    r('MULTI')
    r('PUBLISH a 2')
    r('PUBLISH a 3')
    r('EXEC')
    expect(order.filter((item) => !(item instanceof Status))).toEqual([1, '1', [1, 1], '2', '3'])
  })

  it('reach a client whose replies are off', () => {
    const r = run()
    const client = r.client(3)
    client('CLIENT REPLY OFF')
    expect(client('SUBSCRIBE a')).toEqual(confirmed(['subscribe', 'a', 1]))
    r('PUBLISH a x')
    expect(messages(client)).toEqual([['message', 'a', 'x']])
  })
})

describe('PUBSUB', () => {
  it('tells who listens to what', () => {
    const r = run()
    const [first, second] = [r.client(), r.client()]
    first('SUBSCRIBE a b')
    second('SUBSCRIBE a')
    first('PSUBSCRIBE x* y*')
    second('PSUBSCRIBE x*')
    first('SSUBSCRIBE s')
    expect(r('PUBSUB CHANNELS')).toEqual(['a', 'b'])
    expect(r('PUBSUB CHANNELS [b-z]')).toEqual(['b'])
    expect(r('PUBSUB NUMSUB a b c')).toEqual(['a', 2, 'b', 1, 'c', 0])
    expect(r('PUBSUB NUMSUB')).toEqual([])
    expect(r('PUBSUB NUMPAT')).toBe(2)
    expect(r('PUBSUB SHARDCHANNELS')).toEqual(['s'])
    expect(r('PUBSUB SHARDCHANNELS x')).toEqual([])
    expect(r('PUBSUB SHARDNUMSUB s a')).toEqual(['s', 1, 'a', 0])
  })

  it('quotes the subcommand that has too many words', () => {
    expect(run()('PUBSUB Channels a b')).toEqual(
      new CommandError(
        "unknown subcommand or wrong number of arguments for 'Channels'. Try PUBSUB HELP.",
      ),
    )
  })

  it('HELP is a list of lines', () => {
    expect(run()('PUBSUB HELP')).toContainEqual(new Status('NUMPAT'))
  })
})

describe('keyspace events', () => {
  it('are messages, of the key first and then of the event', () => {
    const r = run()
    const client = r.client(3)
    expect(r('CONFIG SET notify-keyspace-events KEA')).toBe(OK)
    client('PSUBSCRIBE __key*')
    r('SET k v')
    expect(messages(client)).toEqual([
      ['pmessage', '__key*', '__keyspace@0__:k', 'set'],
      ['pmessage', '__key*', '__keyevent@0__:set', 'k'],
    ])
  })
})
