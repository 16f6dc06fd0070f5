/**
 * Classes of keyspace events, one letter each in `notify-keyspace-events`.
 * https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/
 */
export const EVENTS = {
  generic: 1 << 0, //  g
  string: 1 << 1, //   $
  list: 1 << 2, //     l
  set: 1 << 3, //      s
  hash: 1 << 4, //     h
  zset: 1 << 5, //     z
  expired: 1 << 6, //  x
  evicted: 1 << 7, //  e
  stream: 1 << 8, //   t
  miss: 1 << 9, //     m, not part of A
  module: 1 << 10, //  d
  fresh: 1 << 11, //   n, not part of A
  keyspace: 1 << 12, // K
  keyevent: 1 << 13, // E
  overwritten: 1 << 14, // o, not part of A
  typeChanged: 1 << 15, // c, not part of A
  array: 1 << 16, //    a
  // What happened to which fields of a key; `engine/subkeys.ts` has the channels.
  subkeyspace: 1 << 17, //      S
  subkeyevent: 1 << 18, //      T
  subkeyspaceitem: 1 << 19, //  I
  subkeyspaceevent: 1 << 20, // V
} as const
export type EventClass = (typeof EVENTS)[keyof typeof EVENTS]
