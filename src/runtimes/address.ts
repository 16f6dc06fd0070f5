/** Addresses: `memory:`, `idb://app` or `idb:app`, `opfs://app`, `file:./dir`, `worker:`. */
import type { Link } from '../client/link.ts'

export interface Address {
  readonly scheme: string
  /** What stands behind the scheme, without the two slashes. */
  readonly name: string
}

export function parseAddress(address: string): Address {
  const match = /^([a-z][a-z0-9+.-]*):(?:\/\/(?!\/))?(.*)$/is.exec(address)
  if (match === null) {
    throw new TypeError(`"${address}" is no address; "memory:" and "idb://app" are`)
  }
  return { scheme: (match[1] as string).toLowerCase(), name: match[2] as string }
}

/** How to get at an engine, by scheme. Each entry point has the ones its platform can do. */
export type Openers<Options> = Readonly<
  Record<string, (name: string, options: Options) => Link | Promise<Link>>
>

export function openAddress<Options>(
  address: string,
  options: Options,
  openers: Openers<Options>,
): Link | Promise<Link> {
  const { scheme, name } = parseAddress(address)
  const open = Object.hasOwn(openers, scheme) ? openers[scheme] : undefined
  if (open === undefined) {
    const known = Object.keys(openers).map((one) => `"${one}:"`)
    throw new TypeError(
      `This entry point does not know "${scheme}:", only ${known.join(', ')}; ` +
        'respite/browser has "idb:" and "opfs:", respite/node has "file:"',
    )
  }
  return open(name, options)
}
