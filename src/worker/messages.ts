/**
 * Every message that crosses a port. `README.md` beside this file is the protocol in words; a change
 * here that an older side would not understand is a new version.
 */

/** Versions of the protocol that this code speaks, best first. The second one has imports and exports. */
export const VERSIONS: readonly number[] = [2, 1]

/** Bytes that each side takes for one session before it must say that it has room again. */
export const WINDOW: number = 1024 * 1024

/** An error, as far as it can cross a port. */
export interface Failure {
  readonly code: string
  readonly message: string
}

/** What the host knows of the engine's data; the client's `LinkStatus`, spelled out. */
export interface Status {
  readonly state: 'opening' | 'loading' | 'ready' | 'failed' | 'elsewhere' | 'fenced' | 'closed'
  readonly store: string
  readonly durable: boolean
  readonly fallback: boolean
  readonly loaded: number
  readonly total: number
  readonly saved: boolean
  readonly pendingBytes: number
  readonly epoch: number
  readonly error: Failure | null
}

// ---- Handshake --------------------------------------------------------------------------------

/** The caller's first message, and its only one until the answer is here. */
export interface Hello {
  readonly kind: 'hello'
  readonly protocol: 'respite'
  readonly versions: readonly number[]
  readonly window: number
  /** What the host needs to start the engine; its own affair. */
  readonly options: unknown
}

export interface Welcome {
  readonly kind: 'welcome'
  readonly version: number
  readonly window: number
  readonly status: Status
}

/** Instead of `welcome`; the port is dead after it. */
export interface Refused {
  readonly kind: 'refused'
  /** What the host could speak. */
  readonly versions: readonly number[]
  readonly error: Failure
}

// ---- Sessions ---------------------------------------------------------------------------------

/** The caller opens a session. Numbers rise and are never used twice. */
export interface Open {
  readonly kind: 'open'
  readonly session: number
}

/** RESP in one transferred buffer: `frames` says how many bytes belong to which session, in turn. */
export interface Data {
  readonly kind: 'data'
  readonly frames: readonly number[]
  readonly bytes: Uint8Array
}

/** The sender has room for so many more bytes: session and bytes in turn. */
export interface Credit {
  readonly kind: 'credit'
  readonly grants: readonly number[]
}

/** The caller is done with a session: no more requests, and no interest in replies. */
export interface End {
  readonly kind: 'end'
  readonly session: number
}

/** The session is over on the host's side; nothing more comes. `error` unless the caller ended it. */
export interface Closed {
  readonly kind: 'closed'
  readonly session: number
  readonly error: Failure | null
}

// ---- Control ----------------------------------------------------------------------------------

export const QUESTIONS = [
  'ready',
  'flush',
  'takeOver',
  'retry',
  'suspend',
  'resume',
  'close',
] as const
export type Question = (typeof QUESTIONS)[number]

/** Something for the host, not for the engine; answered once, in any order. */
export interface Ask {
  readonly kind: 'ask'
  readonly id: number
  readonly what: Question
}

export interface Answer {
  readonly kind: 'answer'
  readonly id: number
  readonly error: Failure | null
}

/** The engine's data is in another state. */
export interface StatusChanged {
  readonly kind: 'status'
  readonly status: Status
}

/** Something failed that no call waits for. */
export interface Failed {
  readonly kind: 'failed'
  readonly error: Failure
}

/** Are you there? Asked by whoever waits for something and hears nothing. */
export interface Ping {
  readonly kind: 'ping'
}

export interface Pong {
  readonly kind: 'pong'
}

/** The sender is about to leave the port. */
export interface Bye {
  readonly kind: 'bye'
  readonly error: Failure | null
}

// ---- Files ------------------------------------------------------------------------------------

/** The caller begins an import; the host asks for the bytes of the files (`want`). */
export interface Import {
  readonly kind: 'import'
  readonly id: number
  readonly files: readonly { readonly name: string; readonly size: number }[]
  /** `ImportOptions`, without functions and signals. */
  readonly options: Readonly<Record<string, unknown>>
}

/** The caller begins an export, and asks for its bytes (`want`). */
export interface Export {
  readonly kind: 'export'
  readonly id: number
  readonly options: Readonly<Record<string, unknown>>
}

/** The next piece of this file, please. */
export interface Want {
  readonly kind: 'want'
  readonly id: number
  readonly file: number
}

/** The answer to `want`; null at the end. */
export interface FilePiece {
  readonly kind: 'piece'
  readonly id: number
  readonly bytes: Uint8Array | null
  /** Why there is no piece. */
  readonly error: TransferFailure | null
}

/** How far a transfer is. */
export interface Progressed {
  readonly kind: 'progress'
  readonly id: number
  readonly bytes: number
  readonly total: number
  readonly items: number
}

/** It is to end before its time. */
export interface Cancel {
  readonly kind: 'cancel'
  readonly id: number
}

/** The import is over. */
export interface Imported {
  readonly kind: 'imported'
  readonly id: number
  readonly report: unknown
  readonly error: TransferFailure | null
}

/** A `TransferError`, or another one. */
export interface TransferFailure extends Failure {
  readonly file: string
  readonly offset: number
  readonly key: string | null
}

export type CallerMessage =
  | Import
  | Export
  | Want
  | FilePiece
  | Cancel
  | Hello
  | Open
  | Data
  | Credit
  | End
  | Ask
  | Ping
  | Pong
  | Bye
export type HostMessage =
  | Want
  | FilePiece
  | Progressed
  | Imported
  | Welcome
  | Refused
  | Data
  | Credit
  | Closed
  | Answer
  | StatusChanged
  | Failed
  | Ping
  | Pong
  | Bye
export type Message = CallerMessage | HostMessage

// ---- Reading them -----------------------------------------------------------------------------

/**
 * `version`: no version in common. `refused`: the host does not want to. `unknown-message`,
 * `malformed`, `unexpected`, `unknown-session`, `overrun` (more bytes than allowed): the other side
 * does not follow the protocol. `timeout`, `dead`: it does not answer. `left`: it said goodbye.
 */
export type ProtocolErrorCode =
  | 'version'
  | 'refused'
  | 'unknown-message'
  | 'malformed'
  | 'unexpected'
  | 'unknown-session'
  | 'overrun'
  | 'timeout'
  | 'dead'
  | 'left'

/** The port cannot be used any more, and why. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown, all: Fields) => boolean

const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const text: Check = (value) => typeof value === 'string'
const flag: Check = (value) => typeof value === 'boolean'
const anything: Check = () => true
const list =
  (of: Check): Check =>
  (value, all) =>
    Array.isArray(value) && value.every((one) => of(one, all))
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Fields)[name], value as Fields))
const orNull =
  (of: Check): Check =>
  (value, all) =>
    value === null || of(value, all)
const inPairs: Check = (value, all) =>
  list(whole)(value, all) && (value as readonly number[]).length % 2 === 0
/** Frames must add up to exactly the bytes that are there. */
const framed: Check = (value, { frames }) => {
  if (!(value instanceof Uint8Array) || !Array.isArray(frames)) return false
  let sum = 0
  for (let i = 1; i < frames.length; i += 2) sum += frames[i] as number
  return sum === value.length
}

const failure = shape({ code: text, message: text })
const status = shape({
  state: text,
  store: text,
  durable: flag,
  fallback: flag,
  loaded: whole,
  total: whole,
  saved: flag,
  pendingBytes: whole,
  epoch: whole,
  error: orNull(failure),
})

const transferFailure = shape({
  code: text,
  message: text,
  file: text,
  offset: (value) => Number.isSafeInteger(value),
  key: orNull(text),
})

const SHAPES: Readonly<Record<Message['kind'], Check>> = {
  hello: shape({
    protocol: (value) => value === 'respite',
    versions: list(whole),
    window: whole,
    options: anything,
  }),
  welcome: shape({ version: whole, window: whole, status }),
  refused: shape({ versions: list(whole), error: failure }),
  open: shape({ session: whole }),
  data: shape({ frames: inPairs, bytes: framed }),
  credit: shape({ grants: inPairs }),
  end: shape({ session: whole }),
  closed: shape({ session: whole, error: orNull(failure) }),
  ask: shape({ id: whole, what: (value) => QUESTIONS.includes(value as Question) }),
  answer: shape({ id: whole, error: orNull(failure) }),
  status: shape({ status }),
  failed: shape({ error: failure }),
  import: shape({
    id: whole,
    files: list(shape({ name: text, size: whole })),
    options: shape({}),
  }),
  export: shape({ id: whole, options: shape({}) }),
  want: shape({ id: whole, file: whole }),
  piece: shape({
    id: whole,
    bytes: orNull((value) => value instanceof Uint8Array),
    error: orNull(transferFailure),
  }),
  progress: shape({ id: whole, bytes: whole, total: whole, items: whole }),
  cancel: shape({ id: whole }),
  imported: shape({ id: whole, report: anything, error: orNull(transferFailure) }),
  ping: shape({}),
  pong: shape({}),
  bye: shape({ error: orNull(failure) }),
}

/** A message that arrived, checked; throws a `ProtocolError` that says what is wrong with it. */
export function readMessage(data: unknown): Message {
  if (typeof data !== 'object' || data === null || !('kind' in data)) {
    throw new ProtocolError('malformed', 'The message is not one of this protocol')
  }
  const { kind } = data
  if (typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind)) {
    throw new ProtocolError('unknown-message', `There is no message called ${String(kind)}`)
  }
  if (!SHAPES[kind as Message['kind']](data, data as Fields)) {
    throw new ProtocolError('malformed', `The message "${kind}" is not as it should be`)
  }
  return data as Message
}

/** An error for the other side. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'ERR', message: String(error) }
  const { code } = error as { code?: unknown }
  return { code: typeof code === 'string' ? code : error.name, message: error.message }
}
