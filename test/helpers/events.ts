/** Keyspace events as a list of words, for tests that compare them in order. */
import { EVENTS } from '../../src/core/events.ts'
import type { Push } from '../../src/core/reply.ts'
import type { Run } from './run.ts'

/** What `A` stands for: everything that is not asked for by name. */
const ALL = ~(
  EVENTS.miss |
  EVENTS.fresh |
  EVENTS.overwritten |
  EVENTS.typeChanged |
  EVENTS.keyspace
)

/**
 * Listen to all events, or to those of some classes. Each call of the result hands over what came
 * since the last one: `event key`.
 */
export function listen(r: Run, classes = ALL): () => string[] {
  r.engine.events = (classes & ~EVENTS.keyspace) | EVENTS.keyevent
  const client = r.client()
  r.engine.pubsub.subscribePattern(client.session, '__keyevent@*')
  return () =>
    client.pushes.splice(0).map((push) => {
      const [, , channel, key] = (push as Push).items as string[]
      return `${(channel as string).replace(/^.*__:/, '')} ${key}`
    })
}
