/**
 * Options: name, kind, default, and what a change does. CONFIG GET, CONFIG SET, `redis.conf` and the
 * flags of `respite-server` all go through this table.
 */
import { CommandError } from '../core/errors.ts'

export interface Option {
  readonly name: string
  readonly value: string
  /** Set at start-up only. */
  readonly immutable?: boolean
  /** Returns the value as CONFIG GET prints it, or throws a CommandError that says why not. */
  readonly parse?: (text: string) => string
}

export class Config {
  private readonly values = new Map<string, string>()
  private readonly listeners = new Map<string, ((value: string) => void)[]>()

  constructor(options: readonly Option[]) {
    for (const option of options) this.values.set(option.name, option.value)
  }

  names(): Iterable<string> {
    return this.values.keys()
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  get(name: string): string {
    const value = this.values.get(name)
    if (value === undefined) throw new CommandError(`Unknown option '${name}'`)
    return value
  }

  int(name: string): number {
    return Number(this.get(name))
  }

  yes(name: string): boolean {
    return this.get(name) === 'yes'
  }

  set(name: string, value: string): void {
    this.values.set(name, value)
    for (const listener of this.listeners.get(name) ?? []) listener(value)
  }

  /** Call with the value now and after every change. */
  follow(name: string, listener: (value: string) => void): void {
    const listeners = this.listeners.get(name)
    if (listeners === undefined) this.listeners.set(name, [listener])
    else listeners.push(listener)
    listener(this.get(name))
  }
}

/** The options, with Redis's defaults. */
export const OPTIONS: readonly Option[] = [
  { name: 'databases', value: '16', immutable: true },
  { name: 'requirepass', value: '' },
  { name: 'notify-keyspace-events', value: '' },
  { name: 'list-max-listpack-size', value: '-2' },
  { name: 'proto-max-bulk-len', value: '536870912' },
  { name: 'maxmemory', value: '0' },
  { name: 'maxmemory-policy', value: 'noeviction' },
  { name: 'appendonly', value: 'no' },
  { name: 'appendfsync', value: 'everysec' },
  { name: 'save', value: '3600 1 300 100 60 10000' },
  { name: 'stop-writes-on-bgsave-error', value: 'yes' },
  { name: 'hz', value: '10' },
  { name: 'maxclients', value: '10000' },
  { name: 'timeout', value: '0' },
]
