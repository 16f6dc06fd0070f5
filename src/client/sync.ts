/**
 * Commands without promises, for an engine in the same thread. A reply says that the command has
 * run, not that its effects are durable, whatever `appendfsync` says: `flush` on the client is the
 * barrier. A command that blocks answers as if its time were up at once, as it does in a transaction.
 */
import { CommandError } from '../core/errors.ts'
import { encode, encodeOne, plainArgv } from './arguments.ts'
import type { Core } from './core.ts'
import type { Decoder } from './decode.ts'
import { ReplyError } from './errors.ts'
import type { LocalSession } from './local.ts'
import { addMethods, kindOf } from './methods.ts'
import type { Commands } from './typed.ts'

export interface SyncFace<B = string> extends Commands<'sync', B, []> {}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are put on the prototype below
// biome-ignore lint/correctness/noUnusedVariables: the interface of the same name uses it
export class SyncFace<B = string> {
  private readonly core: Core
  private readonly session: LocalSession
  private readonly decoder: Decoder

  constructor(core: Core, session: LocalSession, decoder: Decoder) {
    this.core = core
    this.session = session
    this.decoder = decoder
  }

  /** Any command, by name. */
  call(name: string, ...args: readonly unknown[]): unknown {
    const argv = [encodeOne(name, [])]
    encode(argv, args, false)
    const kind = kindOf(name, args[0])
    if (kind === 'subscribe' || kind === 'refused') {
      throw new TypeError(`${name} has no synchronous form`)
    }
    return this.run(argv)
  }

  /** Used by the generated methods. */
  run(argv: readonly string[]): unknown {
    const reply = this.session.callNow(argv)
    const command = argv[0] as string
    if (reply instanceof CommandError) throw new ReplyError(reply, command)
    if (command.length === 6 && command.toUpperCase() === 'SELECT') {
      this.core.main.dbIndex = Number(argv[1])
    }
    return this.decoder.decode(reply, command)
  }
}

addMethods<SyncFace<unknown>>(
  SyncFace.prototype,
  (self, method, args) => {
    const plain = plainArgv(method.words, args)
    if (plain !== null) return self.run(plain)
    const argv = [...method.words]
    encode(argv, args, method.pairs)
    return self.run(argv)
  },
  false,
)
