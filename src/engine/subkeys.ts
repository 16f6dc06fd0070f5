/**
 * Events of fields: which part of a key was changed. So far only hashes have such parts.
 *
 * There are four kinds of channels, each switched on by a letter of its own, and independent of those
 * for whole keys. Names of fields may hold any bytes, so that each comes with its length.
 * https://redis.io/docs/latest/develop/pubsub/subkeyspace-notifications/
 */
import { EVENTS } from '../core/events.ts'
import type { PubSub } from './pubsub.ts'

export const SUBKEYS: number =
  EVENTS.subkeyspace | EVENTS.subkeyevent | EVENTS.subkeyspaceitem | EVENTS.subkeyspaceevent

/** Publish an event of at least one field on the channels that are switched on in `events`. */
export function publishSubkeys(
  pubsub: PubSub,
  events: number,
  db: number,
  event: string,
  key: string,
  fields: readonly string[],
): void {
  const list = fields.map((field) => `${field.length}:${field}`).join(',')
  if (events & EVENTS.subkeyspace) {
    pubsub.publish(`__subkeyspace@${db}__:${key}`, `${event}|${list}`)
  }
  if (events & EVENTS.subkeyevent) {
    pubsub.publish(`__subkeyevent@${db}__:${event}`, `${key.length}:${key}|${list}`)
  }
  // A line break stands between key and field here, so that keys must do without one.
  if (events & EVENTS.subkeyspaceitem && !key.includes('\n')) {
    for (const field of fields) pubsub.publish(`__subkeyspaceitem@${db}__:${key}\n${field}`, event)
  }
  if (events & EVENTS.subkeyspaceevent) {
    pubsub.publish(`__subkeyspaceevent@${db}__:${event}|${key}`, list)
  }
}
