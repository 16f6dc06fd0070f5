/**
 * A client at the end of a byte pipe: parser, engine and writer joined.
 *
 * A host makes one for every connection, hands it what comes in (`receive`) and is handed what goes
 * out, in one piece for every piece that came in. Requests are taken out of the input one by one.
 * While the client is parked by a blocking command, or the pipe has said that it is full, the rest of
 * the input stays as it is; `congested` tells the host when that is enough to stop reading.
 */
import { CommandError } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Client, Peer, Resp, Sink } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import { type ParserLimits, RespParser } from './resp-parser.ts'
import { RespWriter } from './resp-writer.ts'

/** Output beyond this leaves at once, and more is only made when the pipe takes it. */
const MOST_OUTPUT = 256 * 1024
/** Less output than this does not count against any limit. */
const LEAST_OUTPUT_LIMIT = 16 * 1024
/** Less than this may wait without being counted among what is used. */
const LEAST_COUNTED = 4 * 1024
/** Input beyond this that cannot be run yet stops the host from reading. */
const MOST_INPUT = 1024 * 1024
/** `client-query-buffer-limit` cannot be set lower than this. */
const LEAST_INPUT_LIMIT = 1024 * 1024
/** A browser or a proxy that was tricked into talking to us says one of these in its first lines. */
const HTTP = /^(?:post|host:)$/i

/** Where bytes go. */
export interface Pipe {
  /** Takes the bytes. `false`: it is full, and the host calls `drained` when it no longer is. */
  write(bytes: Uint8Array): unknown
  /** Close, once everything written has left. */
  end(): void
  /** Close at once, even if the other side does not take what was written. */
  abort?(): void
  /** Bytes that were written and that the other side has not taken yet, where the host can tell. */
  pending?(): number
}

export class Connection implements Sink, ParserLimits {
  readonly client: Client
  /** Called when a connection that was congested is so no longer: the host may read on. */
  onRelief: (() => void) | null = null
  private readonly engine: Engine
  private readonly pipe: Pipe
  private readonly parser: RespParser
  private readonly writer: RespWriter = new RespWriter()
  private full = false
  private over = false
  /** A request is being run: the next one must wait, even if the engine is flushed meanwhile. */
  private working = false
  /** The host was to stop reading when it left here last. */
  private stopped = false

  constructor(engine: Engine, pipe: Pipe, peer?: Peer) {
    this.engine = engine
    this.pipe = pipe
    this.parser = new RespParser(this)
    this.client = engine.connect(this, peer)
  }

  // ---- The host's side --------------------------------------------------------------------------

  /** Bytes from the other side. They are not kept. */
  receive(chunk: Uint8Array): void {
    if (this.over || this.client.closing) return
    const { client, engine } = this
    client.bytesIn += chunk.length
    engine.stats.bytesIn += chunk.length
    client.lastActiveAt = engine.now()
    this.parser.feed(chunk)
    if (this.parser.wordSoFar > LEAST_INPUT_LIMIT) {
      this.checkInput(this.parser.wordSoFar)
      if (client.closing) {
        engine.flush()
        return
      }
    }
    const { clientLimits } = engine
    if (clientLimits.evicting) {
      clientLimits.note(client)
      clientLimits.evict()
    }
    this.work()
    this.parser.keep()
    if (this.parser.pending > LEAST_INPUT_LIMIT) this.checkInput(this.parser.pending)
    const { pending, begun, announced } = this.parser
    if (clientLimits.counting && pending + begun + announced > LEAST_COUNTED)
      clientLimits.note(client)
    engine.flush()
    this.stopped = this.congested
  }

  /** Whether the host should stop reading; `onRelief` tells when it may go on. */
  get congested(): boolean {
    const { client, parser } = this
    // Of a client that is not parked, a lot of input is the beginning of one large request.
    return this.full || (client.parked !== null && parser.pending > MOST_INPUT)
  }

  /** The pipe takes bytes again. */
  drained(): void {
    if (!this.full) return
    this.full = false
    this.client.crowdedAt = 0
    this.work()
    this.engine.flush()
    if (this.full) this.stopped = true
    else this.relieve()
  }

  /** The other side is gone. */
  closed(): void {
    if (this.over) return
    this.over = true
    this.engine.disconnect(this.client)
    this.engine.flush()
  }

  // ---- The parser's limits ----------------------------------------------------------------------

  get trusted(): boolean {
    return this.client.authenticated || this.engine.acl.passwordless
  }

  get maxBulk(): number {
    return this.engine.config.int('proto-max-bulk-len')
  }

  // ---- The engine's side ------------------------------------------------------------------------

  get untaken(): number {
    return this.writer.length + (this.pipe.pending?.() ?? 0)
  }

  get unread(): number {
    return this.parser.pending
  }

  get begun(): number {
    return this.parser.begun
  }

  get announced(): number {
    return this.parser.announced
  }

  get room(): number {
    return this.parser.room
  }

  shrink(): void {
    this.parser.shrink()
  }

  reply(reply: Reply, resp: Resp): void {
    this.writer.write(reply, resp)
  }

  push(reply: Reply, resp: Resp): void {
    this.writer.write(reply, resp)
  }

  resume(): void {
    if (this.parser.pending > 0 && !this.over && !this.working) this.work()
  }

  discard(): void {
    this.writer.take()
  }

  flush(): void {
    // What was parked may have been woken: its replies go out together with those that follow.
    this.resume()
    this.send()
    if (this.stopped) this.relieve()
  }

  close(): void {
    this.send()
    if (this.over) return
    this.over = true
    const { client, engine, pipe } = this
    // Who was killed is gone already.
    const killed = !engine.clients.has(client.id)
    engine.disconnect(client)
    if (killed && pipe.abort !== undefined) pipe.abort()
    else pipe.end()
  }

  // -----------------------------------------------------------------------------------------------

  /** Run the requests that are here, as far as they may run. */
  private work(): void {
    const { client, parser, writer } = this
    this.working = true
    try {
      while (client.parked === null && !this.full && !client.closing) {
        const argv = parser.next()
        if (argv === null) {
          if (parser.error !== null) this.refuse(parser.error)
          return
        }
        if (parser.inline && HTTP.test(argv[0] as string)) {
          this.drop()
          return
        }
        client.submit(argv)
        if (writer.length > MOST_OUTPUT) this.send()
      }
    } finally {
      this.working = false
    }
  }

  /** More requests, or one that is larger, than a client may keep in memory. */
  private checkInput(bytes: number): void {
    const { engine } = this
    if (bytes <= engine.config.int('client-query-buffer-limit')) return
    engine.stats.inputLimitDisconnections++
    this.drop()
  }

  /** Close at once. Not even what was asked before is answered. */
  private drop(): void {
    this.writer.take()
    this.client.close()
  }

  private relieve(): void {
    if (!this.stopped || this.congested || this.over) return
    this.stopped = false
    this.onRelief?.()
  }

  private refuse(reason: string): void {
    const { client, engine } = this
    const error = new CommandError(`Protocol error: ${reason}`)
    engine.countError(error)
    client.answer(error, false)
    client.close()
  }

  private send(): void {
    const { client, engine, pipe, writer } = this
    if (writer.length === 0) return
    if (this.over) {
      writer.take()
      return
    }
    // Replies go out whether the other side takes them or not, but only up to a limit.
    const { clientLimits } = engine
    if (this.untaken > LEAST_OUTPUT_LIMIT && !client.closing && clientLimits.tooFarBehind(client)) {
      writer.take()
      clientLimits.cutOff(client)
      return
    }
    const bytes = writer.take()
    client.bytesOut += bytes.length
    engine.stats.bytesOut += bytes.length
    if (pipe.write(bytes) === false) this.full = true
    if (clientLimits.evicting || (clientLimits.counting && this.untaken > LEAST_COUNTED)) {
      clientLimits.note(client)
    }
  }
}
