/** What a segment is made of. */
export type Link = 0 | 1

export interface Call {
  readonly kind: 'call'
  /** Which connection: 0 talks RESP2, 1 RESP3. */
  readonly link: Link
  readonly argv: readonly string[]
  /** Keys that are not the same on both sides after this: they are deleted. */
  readonly unsettles?: readonly string[]
  /** Not compared: it may come before or after a short time is over. */
  readonly hasty?: true
  /** Keys that are deleted if the replies differ, and are known to differ. */
  readonly doubtful?: readonly string[]
}

/** Compare all keys. */
export interface Check {
  readonly kind: 'check'
}

/** Let some milliseconds go by, so that what was given a short time expires. */
export interface Pass {
  readonly kind: 'pass'
}

/** Commands that wait until what comes behind them lets them go on, each on a connection of its own. */
export interface Wait {
  readonly kind: 'wait'
  readonly link: Link
  /** What comes before they wait. */
  readonly before: readonly (readonly string[])[]
  readonly waiters: readonly (readonly string[])[]
  readonly feeds: readonly (readonly string[])[]
  /** How those who got nothing are sent away: by an error, or as if their time were over. */
  readonly error: boolean
}

/** A value is dumped and restored. */
export interface Carry {
  readonly kind: 'carry'
  readonly link: Link
  readonly from: string
  readonly to: string
  readonly options: readonly string[]
}

export type Step = Call | Check | Pass | Wait | Carry

export interface Segment {
  /** Options that both sides are given. */
  readonly config: readonly (readonly [name: string, value: string])[]
  readonly steps: readonly Step[]
}
