/**
 * The commands as the client sees them: which words a method sends, what an object among its
 * arguments means, and on which session it goes. `typed.ts` has the list, generated from the
 * command blocks; here it is taken apart, once.
 */
import { BLOCKING, METHODS, PAIRS } from './typed.ts'

/**
 * `plain`: the main session, nothing else. `blocking`, `reading` (blocks if it says BLOCK): a
 * session of its own. `select`, `auth`, `reset`: changes what later sessions start with.
 * `subscribe`: answered by pushes. `refused`: not on a session that is shared.
 */
export type Kind =
  | 'plain'
  | 'blocking'
  | 'reading'
  | 'select'
  | 'auth'
  | 'reset'
  | 'subscribe'
  | 'refused'

export interface Method {
  readonly name: string
  /** In capitals: one word, or two for a subcommand. */
  readonly words: readonly string[]
  readonly pairs: boolean
  readonly kind: Kind
}

const KINDS: Readonly<Record<string, Kind>> = {
  select: 'select',
  auth: 'auth',
  reset: 'reset',
  subscribe: 'subscribe',
  psubscribe: 'subscribe',
  ssubscribe: 'subscribe',
  unsubscribe: 'subscribe',
  punsubscribe: 'subscribe',
  sunsubscribe: 'subscribe',
  monitor: 'refused',
  hello: 'refused',
  sync: 'refused',
  psync: 'refused',
  xread: 'reading',
  xreadgroup: 'reading',
}

const pairs = new Set(PAIRS.split(' '))
const blocking = new Set(BLOCKING.split(' '))

/** `config|get` is called `configGet`, `client|no-evict` `clientNoEvict`. */
const methodName = (command: string): string =>
  command.replace(/[|-](.)/g, (_, letter: string) => letter.toUpperCase())

export const methods: readonly Method[] = METHODS.split(' ').map((command) => ({
  name: methodName(command),
  words: command.toUpperCase().split('|'),
  pairs: pairs.has(command),
  kind: KINDS[command] ?? (blocking.has(command) ? 'blocking' : 'plain'),
}))

/** How `call` sends a command, by its first word in any case. */
export function kindOf(name: string, second: unknown): Kind {
  const command = name.toLowerCase()
  if (command === 'client' && typeof second === 'string' && /^reply$/i.test(second)) {
    return 'refused'
  }
  return KINDS[command] ?? (blocking.has(command) ? 'blocking' : 'plain')
}

/**
 * Put one method for each command on a prototype. Methods that the class has by itself stay.
 * `suffixed` adds the twins that answer bytes: `getBuffer`.
 */
export function addMethods<Self>(
  prototype: object,
  send: (self: Self, method: Method, args: readonly unknown[], bytes: boolean) => unknown,
  suffixed: boolean,
): void {
  const add = (name: string, value: (this: Self, ...args: unknown[]) => unknown) => {
    if (name in prototype) return
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
  for (const method of methods) {
    add(method.name, function (...args) {
      return send(this, method, args, false)
    })
    if (!suffixed) continue
    add(`${method.name}Buffer`, function (...args) {
      return send(this, method, args, true)
    })
  }
}
