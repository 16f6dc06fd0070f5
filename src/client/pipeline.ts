/**
 * Commands collected and sent together, and the transactions made of them.
 *
 * A pipeline is sent as it was built, with nothing of the same client in between; a transaction puts
 * MULTI and EXEC around it. An error of one command stays in its own place among the results.
 */
import { CommandError } from '../core/errors.ts'
import { NIL_ARRAY, type Reply } from '../core/reply.ts'
import { encode, encodeOne } from './arguments.ts'
import type { Core } from './core.ts'
import type { Decoder } from './decode.ts'
import { ReplyError } from './errors.ts'
import { addMethods, type Kind, kindOf } from './methods.ts'
import type { Commands } from './typed.ts'

/** What `exec` resolves to, one pair for each command: an error or a result. */
export type Outcome<R> = [error: null, result: R] | [error: Error, result: undefined]

/** The results of a pipeline. One that was built without chaining has types nobody knows. */
export type Outcomes<T extends readonly unknown[]> = T extends readonly []
  ? Outcome<unknown>[]
  : { -readonly [I in keyof T]: Outcome<T[I]> }

type Results<T extends readonly unknown[]> = T extends readonly []
  ? unknown[]
  : { -readonly [I in keyof T]: T[I] }

interface Request {
  readonly argv: readonly string[]
  readonly kind: Kind
}

export interface Pipeline<B, T extends readonly unknown[], Atomic extends boolean>
  extends Commands<Atomic extends true ? 'multi' : 'pipeline', B, T> {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are put on the prototype below
export class Pipeline<B, T extends readonly unknown[], Atomic extends boolean> {
  private readonly core: Core
  private readonly decoder: Decoder
  private readonly atomic: boolean
  private requests: Request[] = []

  constructor(core: Core, decoder: Decoder, atomic: Atomic) {
    this.core = core
    this.decoder = decoder
    this.atomic = atomic
  }

  /** How many commands it holds. */
  get length(): number {
    return this.requests.length
  }

  /** Any command, by name. */
  call(name: string, ...args: readonly unknown[]): Pipeline<B, [...T, unknown], Atomic> {
    const argv = [encodeOne(name, [])]
    encode(argv, args, false)
    this.add(argv, kindOf(name, args[0]))
    return this as unknown as Pipeline<B, [...T, unknown], Atomic>
  }

  /** Used by the generated methods. */
  add(argv: readonly string[], kind: Kind): void {
    if (kind === 'subscribe' || kind === 'refused' || (this.atomic && kind === 'reset')) {
      throw new TypeError(`${argv[0]} has no place in a pipeline`)
    }
    this.requests.push({ argv, kind })
  }

  /** Drop what was collected. Nothing has been sent yet. */
  discard(): void {
    this.requests = []
  }

  /**
   * Send everything. Resolves to `[error, result]` for each command. A transaction resolves to null
   * if a watched key was changed, and rejects if the engine refused to queue one of its commands.
   */
  async exec(): Promise<Atomic extends true ? Outcomes<T> | null : Outcomes<T>> {
    const { requests } = this
    this.requests = []
    const outcomes = this.atomic ? await this.transact(requests) : await this.send(requests)
    return outcomes as Atomic extends true ? Outcomes<T> | null : Outcomes<T>
  }

  /** As `exec`, but only the results; rejects with the first error among them. */
  async results(): Promise<Atomic extends true ? Results<T> | null : Results<T>> {
    const outcomes = (await this.exec()) as Outcome<unknown>[] | null
    const results = outcomes?.map(([error, result]) => {
      if (error !== null) throw error
      return result
    })
    return (results ?? null) as Atomic extends true ? Results<T> | null : Results<T>
  }

  private send(requests: readonly Request[]): Promise<Outcome<unknown>[]> {
    const replies = this.collect(
      requests.map((one) => one.argv),
      requests.some(blocks),
    )
    return replies.then((all) => {
      for (const [i, { kind, argv }] of requests.entries()) {
        if (kind === 'select' && !(all[i] instanceof CommandError)) {
          this.core.main.dbIndex = Number(argv[1])
        }
      }
      return all.map((reply, i) => this.outcome(reply, requests[i] as Request))
    })
  }

  private async transact(requests: readonly Request[]): Promise<Outcome<unknown>[] | null> {
    const argvs = [['MULTI'], ...requests.map((one) => one.argv), ['EXEC']]
    const replies = await this.collect(argvs, false)
    const executed = replies.pop() as Reply
    if (executed === null || executed === NIL_ARRAY) return null
    if (executed instanceof CommandError) {
      // The reason was said when the command was queued.
      const at = replies.findIndex((reply) => reply instanceof CommandError)
      const cause = at < 0 ? undefined : replies[at]
      const error = new ReplyError(executed, 'EXEC')
      if (cause instanceof CommandError) {
        error.cause = new ReplyError(cause, argvs[at]?.[0] as string)
      }
      throw error
    }
    return (executed as Reply[]).map((reply, i) => this.outcome(reply, requests[i] as Request))
  }

  private outcome(reply: Reply, { argv }: Request): Outcome<unknown> {
    const value = this.decoder.decode(reply, argv[0] as string)
    return reply instanceof CommandError ? [value as Error, undefined] : [null, value]
  }

  private collect(argvs: readonly (readonly string[])[], blocks: boolean): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      const replies: Reply[] = []
      if (argvs.length === 0) {
        resolve(replies)
        return
      }
      const call = {
        confirmed: null,
        left: 0,
        settle: (reply: Reply) => {
          replies.push(reply)
          if (replies.length === argvs.length) resolve(replies)
        },
        fail: reject,
      }
      this.core.batch(
        argvs.map((argv) => ({ argv, call })),
        blocks,
      )
    })
  }
}

const blocks = ({ kind, argv }: Request): boolean =>
  kind === 'blocking' || (kind === 'reading' && argv.some((word) => /^block$/i.test(word)))

addMethods<Pipeline<unknown, [], boolean>>(
  Pipeline.prototype,
  (self, method, args) => {
    const argv = [...method.words]
    encode(argv, args, method.pairs)
    self.add(argv, method.kind)
    return self
  },
  false,
)
