/** What is stored to see what it takes: many small keys, or one structure of many elements, as RESP. */
import { request } from './child/common.ts'
import { padded, structureOf, type Words } from './workloads.ts'

/** Chunks of some 50 KB. A `size` is the length of the values of `keys`. */
export function* elements(what: string, count: number, size: number): Generator<string> {
  const requests = what === 'keys' ? keys(count, size) : structureOf(what).fill(count)
  let chunk = ''
  for (const words of requests) {
    chunk += request(...words)
    if (chunk.length < 50_000) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}

/** Keys of 16 bytes. Values are no numbers, and not the same for all. */
function* keys(count: number, size: number): Generator<Words> {
  for (let n = 0; n < count; n++) {
    yield ['SET', `member${padded(n)}`, `value:${n}`.padEnd(size, '.').slice(0, size)]
  }
}
