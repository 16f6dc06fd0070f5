/**
 * The platform from what every JavaScript host of today has: browsers, workers, edge isolates, Node,
 * Deno, Bun. It names what it uses, so that it compiles without the types of any of them.
 */
import type { LogLevel, Platform } from '../engine/platform.ts'
import { useNativeBytes } from '../util/bytes.ts'
import { webBytes } from './web-bytes.ts'

interface Web {
  performance: { now(): number }
  crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  MessageChannel: new () => { port1: WebPort; port2: WebPort }
}

interface WebPort {
  onmessage: (() => void) | null
  postMessage(message: null): void
  /** Node only: whether the port keeps the process alive. */
  ref?(): void
  unref?(): void
}

const web = globalThis as unknown as Web

/** Longer delays would overflow and fire at once. */
const LONGEST_DELAY = 0x7fffffff

/** A timer must not keep a process alive; in browsers it is a number and cannot. */
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
    ;(timer as { unref(): void }).unref()
  }
}

/** Runs things as soon as possible: `setTimeout` would take 4 ms, once it is nested. */
class Soon {
  private readonly queue: (() => void)[] = []
  private readonly sender: WebPort
  private readonly receiver: WebPort

  constructor() {
    const { port1, port2 } = new web.MessageChannel()
    this.sender = port2
    this.receiver = port1
    port1.onmessage = () => {
      const run = this.queue.shift()
      if (this.queue.length === 0) this.receiver.unref?.()
      run?.()
    }
    port1.unref?.()
  }

  add(run: () => void): void {
    this.queue.push(run)
    this.receiver.ref?.()
    this.sender.postMessage(null)
  }
}

let soon: Soon | null = null

/** Calls back after some milliseconds; returns what cancels it. */
export function after(ms: number, run: () => void): () => void {
  if (ms <= 0) {
    let cancelled = false
    soon ??= new Soon()
    soon.add(() => {
      if (!cancelled) run()
    })
    return () => {
      cancelled = true
    }
  }
  const timer = web.setTimeout(run, Math.min(ms, LONGEST_DELAY))
  unref(timer)
  return () => web.clearTimeout(timer)
}

/** The platform of an engine; `log` gets what a server would write into its log. */
export function webPlatform(log: (level: LogLevel, message: string) => void = () => {}): Platform {
  useNativeBytes(webBytes)
  return {
    now: () => Date.now(),
    micros: () => web.performance.now() * 1000,
    entropy: (bytes) => web.crypto.getRandomValues(new Uint8Array(bytes)),
    after,
    log,
  }
}
