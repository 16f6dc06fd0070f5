/** What a script says of itself: the flags of its first line, or of `redis.register_function`. */
import { DENYOOM, MAY_REPLICATE, STALE, WRITE } from '../core/command.ts'

/** In the order in which FUNCTION LIST names them. */
export const SCRIPT_FLAGS = [
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
] as const
export type ScriptFlag = (typeof SCRIPT_FLAGS)[number]

export const NO_WRITES = 1
export const ALLOW_OOM = 2
const ALLOW_STALE = 4
export const NO_CLUSTER = 8
export const ALLOW_CROSS_SLOT_KEYS = 16
/** A script without a first line of its own: what it does is only known when it does it. */
export const UNDECLARED = 32

/** The bit of a flag, or 0 if there is none of this name. */
export function flagBit(name: string): number {
  const at = SCRIPT_FLAGS.indexOf(name as ScriptFlag)
  return at < 0 ? 0 : 1 << at
}

export const scriptFlagWords = (bits: number): ScriptFlag[] =>
  SCRIPT_FLAGS.filter((_, i) => bits & (1 << i))

/** What a call is checked for: what its script says takes the place of what the command says. */
export function commandFlags(flags: number, script: number): number {
  if (script & UNDECLARED) return flags
  let bits = flags & ~(STALE | DENYOOM | WRITE | MAY_REPLICATE)
  if (!(script & (ALLOW_OOM | NO_WRITES))) bits |= DENYOOM
  if (!(script & NO_WRITES)) bits |= WRITE
  if (script & ALLOW_STALE) bits |= STALE
  return bits
}
