/**
 * The scripts of EVAL: each is compiled once, and found again by its SHA-1 or by its text.
 *
 * Those that SCRIPT LOAD brought stay. Those that came with EVAL go when there are too many of them,
 * the least recently used first: some clients put values into the text of their scripts.
 */
import { CommandError } from '../core/errors.ts'
import { LuaError } from '../lua/errors.ts'
import { LuaTable } from '../lua/table.ts'
import type { LuaFunction, LuaValue } from '../lua/value.ts'
import type { Lua } from '../lua/vm.ts'
import { sha1 } from '../util/sha1.ts'
import { splitInline } from '../util/words.ts'
import type { Host } from './bridge.ts'
import { Callee } from './callee.ts'
import { cString } from './convert.ts'
import { flagBit, UNDECLARED } from './flags.ts'
import { scriptMachine } from './sandbox.ts'

/** As many as Redis keeps. */
const MOST_EVALUATED = 500

/** Up to so many keys are written into the list of those of the script before. */
const FEW = 8

export class CachedScript extends Callee {
  readonly source: string
  /** It stays, however many come after it. */
  readonly stays: boolean
  /** When it was called last, in calls of all scripts. */
  usedAt = 0

  constructor(sha: string, source: string, flags: number, lua: LuaFunction, stays: boolean) {
    super(sha, flags, false, lua, null)
    this.source = source
    this.stays = stays
  }
}

export class Scripts {
  private readonly host: Host
  private machine: Lua | null = null
  private bySha = new Map<string, CachedScript>()
  private bySource = new Map<string, CachedScript>()
  private evaluated = 0
  private uses = 0
  /** Scripts that had to go. */
  evicted = 0
  /** Characters of all scripts. */
  bytes = 0
  private keys = new LuaTable()
  private args = new LuaTable()
  /** What was found last, and the SHA-1 as it was spelled. */
  private last: CachedScript | undefined = undefined
  private lastSha = ''

  constructor(host: Host) {
    this.host = host
  }

  get size(): number {
    return this.bySha.size
  }

  /** Whether there is a machine. */
  get awake(): boolean {
    return this.machine !== null
  }

  /** Made when the first script comes. */
  get lua(): Lua {
    if (this.machine === null) {
      this.machine = scriptMachine(this.host)
      this.machine.globals.setString('KEYS', this.keys)
      this.machine.globals.setString('ARGV', this.args)
    }
    return this.machine
  }

  has(sha: string): boolean {
    return this.find(sha) !== undefined
  }

  /** The script of a SHA-1 in either case. */
  find(sha: string): CachedScript | undefined {
    if (sha === this.lastSha) return this.last
    const script =
      this.bySha.get(sha) ?? (sha.length === 40 ? this.bySha.get(sha.toLowerCase()) : undefined)
    if (script !== undefined) {
      this.lastSha = sha
      this.last = script
    }
    return script
  }

  known(source: string): CachedScript | undefined {
    const { last } = this
    // To compare with one text is cheaper than to hash it.
    if (last !== undefined && last.source === source) return last
    const script = this.bySource.get(source)
    if (script !== undefined) this.remember(script)
    return script
  }

  private remember(script: CachedScript | undefined): void {
    this.last = script
    this.lastSha = script?.name ?? ''
  }

  /** The script with this text, compiled if it is new. Throws a CommandError. */
  define(source: string, stays: boolean): CachedScript {
    const known = this.known(source)
    if (known !== undefined) return known
    const { flags, length } = parseFirstLine(source)
    let lua: LuaFunction
    try {
      lua = this.lua.load(source.slice(length), '@user_script')
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
      throw new CommandError(`Error compiling script (new function): ${error.value}`)
    }
    const script = new CachedScript(sha1(source), source, flags, lua, stays)
    if (!stays) {
      if (this.evaluated >= MOST_EVALUATED) this.evict()
      this.evaluated++
    }
    script.usedAt = ++this.uses
    this.bySha.set(script.name, script)
    this.bySource.set(source, script)
    this.bytes += source.length
    return script
  }

  /** Flags of a script that need not have been seen before; the first line may be wrong. */
  flagsOf(source: string): number {
    const known = this.known(source)
    if (known !== undefined) return known.flags
    try {
      return parseFirstLine(source).flags
    } catch {
      return UNDECLARED
    }
  }

  private evict(): void {
    let oldest: CachedScript | null = null
    for (const script of this.bySha.values()) {
      if (!script.stays && (oldest === null || script.usedAt < oldest.usedAt)) oldest = script
    }
    if (oldest === null) return
    this.remember(undefined)
    this.bySha.delete(oldest.name)
    this.bySource.delete(oldest.source)
    this.bytes -= oldest.source.length
    this.evaluated--
    this.evicted++
  }

  /** Forget all scripts, and with them the machine. */
  flush(): void {
    this.machine = null
    this.remember(undefined)
    this.bySha = new Map()
    this.bySource = new Map()
    this.evaluated = 0
    this.bytes = 0
    this.keys = new LuaTable()
    this.args = new LuaTable()
  }

  /** A script is about to run: give it KEYS and ARGV. */
  prepare(script: CachedScript, argv: readonly string[], from: number, keys: number): void {
    script.usedAt = ++this.uses
    // No script keeps anything beyond its end, so the tables can serve all of them in turn.
    this.keys = this.fill('KEYS', this.keys, argv, from, from + keys)
    this.args = this.fill('ARGV', this.args, argv, from + keys, argv.length)
  }

  private fill(
    name: string,
    used: LuaTable,
    argv: readonly string[],
    from: number,
    to: number,
  ): LuaTable {
    const { arr } = used
    const count = to - from
    // Most often it is the same script again. Longer lists are copied faster than written.
    const again = arr.length === count && count <= FEW
    if (again) for (let i = 0; i < count; i++) arr[i] = argv[from + i]
    const list: LuaValue[] = again ? arr : argv.slice(from, to)
    // A script may have made something else of it.
    if (used.hash.length > 0 || used.meta !== undefined) {
      const table = LuaTable.grown(list)
      this.lua.globals.setString(name, table)
      return table
    }
    used.grow(list)
    used.place = 0
    return used
  }
}

/** `#!lua flags=no-writes,allow-oom`; `length` is that of the line without its end. */
function parseFirstLine(source: string): { flags: number; length: number } {
  if (!source.startsWith('#!')) return { flags: UNDECLARED, length: 0 }
  const length = source.indexOf('\n')
  if (length < 0) throw new CommandError('Invalid script shebang')
  const [engine, ...options] = splitInline(source.slice(0, length)) ?? []
  if (engine === undefined) throw new CommandError('Invalid engine in script shebang')
  if (engine !== '#!lua') {
    throw new CommandError(`Unexpected engine in script shebang: ${cString(engine)}`)
  }
  let flags = 0
  for (const option of options) {
    if (!option.startsWith('flags=')) {
      throw new CommandError(`Unknown lua shebang option: ${cString(option)}`)
    }
    const names = option.slice('flags='.length)
    for (const name of names === '' ? [] : names.split(',')) {
      const bit = flagBit(name)
      if (bit === 0) throw new CommandError(`Unexpected flag in script shebang: ${cString(name)}`)
      flags |= bit
    }
  }
  return { flags, length }
}
