import type { CommandError } from './errors.ts'

/**
 * What a command returns.
 *
 * Plain values stand for the common RESP types, so the hot replies allocate nothing: a bulk string
 * is the stored string itself, an integer is a number, nil is null. Returning a value, instead of
 * writing bytes to a client, is what lets the same command serve a socket, MULTI, a Lua script, a
 * worker message and a direct call. A reply may be kept and written later, so it never shares
 * memory with a value that can be edited in place.
 *
 * RESP types: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export type Reply =
  | string //         bulk string, one character per byte
  | number //         integer
  | bigint //         integer beyond 2^53
  | null //           nil: `$-1` in RESP2, `_` in RESP3
  | Uint8Array //     bulk string too, for large values
  | Status //         simple string
  | Double //         `,` in RESP3, a bulk string in RESP2
  | BigNumber //      `(` in RESP3, a bulk string in RESP2
  | Bool //           `#` in RESP3, 1 or 0 in RESP2
  | Verbatim //       `=` in RESP3, a bulk string in RESP2
  | MapReply //       `%` in RESP3, a flat array in RESP2
  | PairsReply //  an array of pairs in RESP3, a flat one in RESP2
  | SetReply //       `~` in RESP3, an array in RESP2
  | Push //           `>` in RESP3, an array in RESP2
  | Payload //     a bulk string without the end of its line: what SYNC answers
  | Attributed //   `|` and a reply in RESP3, the reply alone in RESP2
  | Many //           several replies, or none at all, to one request
  | CommandError //   error
  | Signal //         not data: NIL_ARRAY or BLOCKED
  | Reply[] //        array

export class Status {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export class Double {
  readonly value: number
  /** What is written, where the value as a JavaScript number would lose digits. */
  readonly text: string | null
  constructor(value: number, text: string | null = null) {
    this.value = value
    this.text = text
  }
}

export class BigNumber {
  readonly digits: string
  constructor(digits: string) {
    this.digits = digits
  }
}

export class Bool {
  readonly value: boolean
  constructor(value: boolean) {
    this.value = value
  }
}

export class Verbatim {
  readonly text: string
  /** Three characters: `txt` or `mkd`. */
  readonly format: string
  constructor(text: string, format = 'txt') {
    this.text = text
    this.format = format
  }
}

/** Keys and values in turn. */
export class MapReply {
  readonly items: readonly Reply[]
  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

/** First and second in turn: members with their scores, fields with their values. */
export class PairsReply {
  readonly items: readonly Reply[]
  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

export class SetReply {
  readonly items: readonly Reply[]
  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

/** A message outside of the order of requests and replies: pub/sub, invalidations. */
export class Push {
  readonly items: readonly Reply[]
  constructor(items: readonly Reply[]) {
    this.items = items
  }
}

/** Bytes behind their length, with no line end behind them: how a primary hands over its data. */
export class Payload {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A reply with something said about it, in keys and values. */
export class Attributed {
  readonly attributes: readonly Reply[]
  readonly reply: Reply
  constructor(attributes: readonly Reply[], reply: Reply) {
    this.attributes = attributes
    this.reply = reply
  }
}

/** What SUBSCRIBE with several channels answers: one reply after the other, without a frame. */
export class Many {
  readonly replies: readonly Reply[]
  constructor(replies: readonly Reply[]) {
    this.replies = replies
  }
}

export class Signal {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export const OK: Status = new Status('OK')
export const QUEUED: Status = new Status('QUEUED')
export const PONG: Status = new Status('PONG')
/** `*-1` in RESP2, `_` in RESP3: a blocking pop that timed out, an EXEC that was aborted. */
export const NIL_ARRAY: Signal = new Signal('nil array')
/** No answer yet: the client is parked until a key it waits for is ready, or its time is up. */
export const BLOCKED: Signal = new Signal('blocked')
/** No answer yet: a script has given control back in the middle of its run, and goes on later. */
export const PAUSED: Signal = new Signal('paused')
/** Nothing is written at all: a reply that CLIENT REPLY suppresses. */
export const NO_REPLY: Many = new Many([])
