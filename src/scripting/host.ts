/**
 * Functions in JavaScript: FCALL calls what the host has registered, beside what libraries have.
 *
 * They are synchronous and run as one unit, as scripts do: nothing comes between their calls, and what
 * they change is propagated together when they return. Text goes in and comes out as JavaScript has it,
 * bytes as `Uint8Array`.
 */
import { CommandError, CountedError } from '../core/errors.ts'
import {
  Attributed,
  BigNumber,
  Bool,
  Double,
  MapReply,
  PairsReply,
  Push,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../core/reply.ts'
import { decodeUtf8, encodeUtf8, fromBytes, toBytes } from '../util/bytes.ts'
import { formatDouble } from '../util/float.ts'
import { sha1 } from '../util/sha1.ts'
import type { Host } from './bridge.ts'
import type { ScriptFlag } from './flags.ts'
import type { ScriptRun } from './run.ts'

/** What a call takes for a word. */
export type HostArgument = string | number | bigint | Uint8Array

/** What a function may return, and what commands answer. */
export type HostValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly HostValue[]
  | { readonly [field: string]: HostValue }
  | ReadonlyMap<HostValue, HostValue>
  | ReadonlySet<HostValue>

/** An error reply to a call; `code` is its first word. */
export class CallError extends Error {
  override readonly name: string = 'CallError'
  readonly code: string

  constructor(error: CommandError) {
    super(String(error))
    this.code = error.code
  }
}

/** The `redis` object of a function of the host. */
export interface RedisCalls {
  /** Run a command. Throws a `CallError` for an error reply. */
  call(command: string, ...args: readonly HostArgument[]): HostValue
  /** As `call`, but an error reply is returned. */
  pcall(command: string, ...args: readonly HostArgument[]): HostValue | CallError
  /** As `call`, with strings as bytes. */
  callBytes(command: string, ...args: readonly HostArgument[]): HostValue
  sha1hex(text: string): string
  log(level: 'debug' | 'verbose' | 'notice' | 'warning', message: string): void
  /** Whether the caller may run this command. */
  aclCheck(command: string, ...args: readonly HostArgument[]): boolean
}

export interface HostFunctionOptions {
  /** As of `redis.register_function`: without `no-writes` it may write. */
  readonly flags?: readonly ScriptFlag[]
  /** How many keys it must be called with. Default: any number. */
  readonly keys?: number
  /** What FUNCTION LIST says of it. */
  readonly description?: string
}

/** Called by FCALL. What it returns is the reply; what it throws is an error reply. */
export type HostFunction = (
  redis: RedisCalls,
  keys: readonly string[],
  args: readonly string[],
) => HostValue

const word = (arg: HostArgument): string => {
  if (typeof arg === 'string') return encodeUtf8(arg)
  if (typeof arg === 'number') return formatDouble(arg)
  return typeof arg === 'bigint' ? `${arg}` : fromBytes(arg)
}

/** The object for one run. */
export function redisCalls(host: Host, run: ScriptRun): RedisCalls {
  const reply = (command: string, args: readonly HostArgument[]): Reply => {
    if (host.current !== run) throw new Error('the function has returned already')
    return run.call(host.engine, [word(command), ...args.map(word)], host.denies)
  }
  const value = (answer: Reply, bytes: boolean): HostValue => {
    if (answer instanceof CommandError) throw new CallError(answer)
    return toValue(answer, bytes)
  }
  return {
    call: (command, ...args) => value(reply(command, args), false),
    callBytes: (command, ...args) => value(reply(command, args), true),
    pcall: (command, ...args) => {
      const answer = reply(command, args)
      return answer instanceof CommandError ? new CallError(answer) : toValue(answer, false)
    },
    sha1hex: (text) => sha1(encodeUtf8(text)),
    log: (level, message) => host.engine.platform.log(level, message),
    aclCheck: (command, ...args) => {
      const argv = [word(command), ...args.map(word)]
      const known = host.engine.dispatcher.resolve(argv)
      if (known === undefined) throw new TypeError(`unknown command '${command}'`)
      return run.client.user.check(known, argv) === null
    },
  }
}

/** Run a function of the host: its reply, or the error that it has thrown. */
export function callHost(
  host: Host,
  run: ScriptRun,
  fn: HostFunction,
  keys: readonly string[],
  args: readonly string[],
): Reply {
  try {
    return toReply(fn(redisCalls(host, run), keys.map(decodeUtf8), args.map(decodeUtf8)))
  } catch (thrown) {
    const place = ` script: ${run.callee.name}`
    if (thrown instanceof CallError) {
      const message = thrown.message.slice(thrown.code.length + 1)
      return new CountedError(encodeUtf8(message + place), thrown.code)
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new CommandError(encodeUtf8(message + place))
  }
}

const isThenable = (value: object): boolean => 'then' in value && typeof value.then === 'function'

function toReply(value: HostValue): Reply {
  switch (typeof value) {
    case 'string':
      return encodeUtf8(value)
    case 'number':
      return Number.isSafeInteger(value) ? value : new Double(value)
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? value : new BigNumber(`${value}`)
    case 'boolean':
      return new Bool(value)
    case 'undefined':
      return null
  }
  if (value === null) return null
  if (value instanceof Uint8Array) return fromBytes(value)
  if (Array.isArray(value)) return value.map(toReply)
  if (value instanceof Map) return new MapReply([...value].flatMap((pair) => pair.map(toReply)))
  if (value instanceof Set) return new SetReply([...value].map(toReply))
  if (isThenable(value)) throw new TypeError('the function returned a promise, and must not')
  return new MapReply(
    Object.entries(value).flatMap(([key, field]) => [encodeUtf8(key), toReply(field)]),
  )
}

function toValue(reply: Reply, bytes: boolean): HostValue {
  const each = (item: Reply): HostValue => toValue(item, bytes)
  if (typeof reply === 'string') return bytes ? toBytes(reply) : decodeUtf8(reply)
  if (typeof reply === 'number' || typeof reply === 'bigint' || reply === null) return reply
  if (Array.isArray(reply)) return reply.map(each)
  if (reply instanceof Status) return reply.text
  if (reply instanceof Uint8Array) return bytes ? reply : decodeUtf8(fromBytes(reply))
  if (reply instanceof Double) return reply.value
  if (reply instanceof Bool) return reply.value
  if (reply instanceof BigNumber) return BigInt(reply.digits)
  if (reply instanceof Verbatim) return decodeUtf8(reply.text)
  if (reply instanceof MapReply) {
    return Object.fromEntries(
      inPairs(reply.items, each).map(([key, field]) => [
        key instanceof Uint8Array ? decodeUtf8(fromBytes(key)) : String(key),
        field,
      ]),
    )
  }
  if (reply instanceof PairsReply) return inPairs(reply.items, each)
  if (reply instanceof SetReply) return new Set(reply.items.map(each))
  if (reply instanceof Push) return reply.items.map(each)
  if (reply instanceof Attributed) return each(reply.reply)
  return null
}

function inPairs(
  items: readonly Reply[],
  each: (item: Reply) => HostValue,
): [HostValue, HostValue][] {
  const pairs: [HostValue, HostValue][] = []
  for (let i = 0; i + 1 < items.length; i += 2) {
    pairs.push([each(items[i] as Reply), each(items[i + 1] as Reply)])
  }
  return pairs
}
