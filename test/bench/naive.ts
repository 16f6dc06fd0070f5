/**
 * The same in plain JavaScript, as one writes it without a library: an object or a `Map`, an array, a `Set`, an
 * array that is kept sorted. No arity, types, expiry or events; what a program needs no command for is
 * not here.
 */
import type { Words } from './workloads.ts'

type Run = (words: Words) => unknown
/** By the name of the command. */
export type Naive = Readonly<Record<string, Run>>

const word = (words: Words, at: number): string => words[at] as string
const number = (words: Words, at: number): number => Number(words[at])
const below = (size: number): number => Math.floor(Math.random() * size)

function keys(): Naive {
  const map = new Map<string, string>()
  return {
    MSET(words) {
      for (let i = 1; i < words.length; i += 2) map.set(word(words, i), word(words, i + 1))
    },
    GET: (words) => map.get(word(words, 1)),
    SET: (words) => map.set(word(words, 1), word(words, 2)),
    DEL: (words) => map.delete(word(words, 1)),
    MGET(words) {
      const values: unknown[] = []
      for (let i = 1; i < words.length; i++) values.push(map.get(word(words, i)))
      return values
    },
    EXISTS: (words) => map.has(word(words, 1)),
    STRLEN: (words) => map.get(word(words, 1))?.length,
    INCR: (words) => map.set(word(words, 1), String(Number(map.get(word(words, 1)) ?? 0) + 1)),
    GETSET(words) {
      const old = map.get(word(words, 1))
      map.set(word(words, 1), word(words, 2))
      return old
    },
    SETNX: (words) => map.has(word(words, 1)) || map.set(word(words, 1), word(words, 2)),
    GETDEL(words) {
      const old = map.get(word(words, 1))
      map.delete(word(words, 1))
      return old
    },
    RENAME(words) {
      map.set(word(words, 2), map.get(word(words, 1)) as string)
      map.delete(word(words, 1))
    },
    COPY: (words) => map.set(word(words, 2), map.get(word(words, 1)) as string),
    INCRBYFLOAT: (words) =>
      map.set(word(words, 1), String(Number(map.get(word(words, 1)) ?? 0) + number(words, 2))),
    DBSIZE: () => map.size,
    KEYS: () => [...map.keys()].filter((key) => /^nothing/.test(key)),
    // There is no other way to a random key of a Map.
    RANDOMKEY: () => [...map.keys()][below(map.size)],
  }
}

/** For strings and bitmaps. */
function bytes(): Naive {
  let bytes = new Uint8Array(0)
  return {
    SETRANGE(words) {
      const at = number(words, 2)
      const text = word(words, 3)
      if (at + text.length > bytes.length) {
        const grown = new Uint8Array(at + text.length)
        grown.set(bytes)
        bytes = grown
      }
      for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
    },
    SETBIT(words) {
      const at = number(words, 2)
      const old = bytes[at >> 3] as number
      const bit = 128 >> (at & 7)
      bytes[at >> 3] = word(words, 3) === '1' ? old | bit : old & ~bit
    },
    GETBIT: (words) => (bytes[number(words, 2) >> 3] as number) & (128 >> (number(words, 2) & 7)),
    GETRANGE: (words) =>
      String.fromCharCode(...bytes.subarray(number(words, 2), number(words, 3) + 1)),
    STRLEN: () => bytes.length,
    GET: () => new TextDecoder().decode(bytes),
    BITCOUNT(words) {
      let count = 0
      const from = words.length > 2 ? number(words, 2) : 0
      const to = words.length > 2 ? number(words, 3) : bytes.length - 1
      for (let i = from; i <= to; i++) {
        for (let rest = bytes[i] as number; rest !== 0; rest &= rest - 1) count++
      }
      return count
    },
  }
}

function list(): Naive {
  const items: string[] = []
  return {
    RPUSH(words) {
      for (let i = 2; i < words.length; i++) items.push(word(words, i))
    },
    LPUSH: (words) => items.unshift(word(words, 2)),
    RPOP: () => items.pop(),
    LPOP: () => items.shift(),
    LMOVE: () => items.push(items.shift() as string),
    LINDEX: (words) => items[number(words, 2)],
    LSET(words) {
      items[number(words, 2)] = word(words, 3)
    },
    LRANGE: (words) =>
      items.slice(number(words, 2), number(words, 3) < 0 ? undefined : number(words, 3) + 1),
    LLEN: () => items.length,
    LTRIM: () => items.shift(),
    LMPOP: () => items.shift(),
    LPOS: (words) => items.indexOf(word(words, 2)),
    LINSERT: (words) => items.splice(items.indexOf(word(words, 3)), 0, word(words, 4)),
    LREM: (words) => items.splice(items.lastIndexOf(word(words, 3)), 1),
  }
}

function set(): Naive {
  const members = new Set<string>()
  const ten = new Set<string>()
  const random = (): string => [...members][below(members.size)] as string
  return {
    SADD(words) {
      const into = word(words, 1) === 'ten' ? ten : members
      for (let i = 2; i < words.length; i++) into.add(word(words, i))
    },
    SINTER: () => [...ten].filter((member) => members.has(member)),
    SINTERCARD: () => [...ten].filter((member) => members.has(member)).length,
    SDIFF: () => [...ten].filter((member) => !members.has(member)),
    SUNION: () => new Set([...members, ...ten]),
    SUNIONSTORE: () => new Set([...members, ...ten]),
    SMEMBERS: () => [...members],
    SREM: (words) => members.delete(word(words, 2)),
    SISMEMBER: (words) => members.has(word(words, 2)),
    SMISMEMBER: (words) => words.slice(2).map((member) => members.has(member)),
    SRANDMEMBER: random,
    SPOP: () => members.delete(random()),
    SCARD: () => members.size,
  }
}

function hash(): Naive {
  const fields = new Map<string, string>()
  return {
    HSET(words) {
      for (let i = 2; i < words.length; i += 2) fields.set(word(words, i), word(words, i + 1))
    },
    HDEL: (words) => fields.delete(word(words, 2)),
    HGET: (words) => fields.get(word(words, 2)),
    HMGET: (words) => words.slice(2).map((field) => fields.get(field)),
    HEXISTS: (words) => fields.has(word(words, 2)),
    HSTRLEN: (words) => fields.get(word(words, 2))?.length,
    HINCRBY(words) {
      const field = word(words, 2)
      fields.set(field, String(Number(fields.get(field) ?? 0) + number(words, 3)))
    },
    HSETNX: (words) => fields.has(word(words, 2)) || fields.set(word(words, 2), word(words, 3)),
    HINCRBYFLOAT(words) {
      const field = word(words, 2)
      fields.set(field, String(Number(fields.get(field) ?? 0) + number(words, 3)))
    },
    HGETALL: () => Object.fromEntries(fields),
    HKEYS: () => [...fields.keys()],
    HVALS: () => [...fields.values()],
    HGETDEL(words) {
      const old = fields.get(word(words, 4))
      fields.delete(word(words, 4))
      return old
    },
    HRANDFIELD: () => [...fields.keys()][below(fields.size)],
    HLEN: () => fields.size,
  }
}

/** A `Map` of scores and an array in order, with binary search. */
function zset(): Naive {
  const scores = new Map<string, number>()
  let order: { score: number; member: string }[] = []
  const rank = (score: number, member: string): number => {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = order[middle] as { score: number; member: string }
      if (entry.score < score || (entry.score === score && entry.member < member)) low = middle + 1
      else high = middle
    }
    return low
  }
  const put = (member: string, score: number): void => {
    const old = scores.get(member)
    if (old !== undefined) order.splice(rank(old, member), 1)
    scores.set(member, score)
    order.splice(rank(score, member), 0, { score, member })
  }
  return {
    ZADD(words) {
      if (word(words, 1) === 'ten') return
      if (words.length === 4) put(word(words, 3), number(words, 2))
      else {
        // While it is filled: sorted once, by `ready`.
        for (let i = 2; i < words.length; i += 2) {
          scores.set(word(words, i + 1), number(words, i))
          order.push({ score: number(words, i), member: word(words, i + 1) })
        }
      }
    },
    ZREM(words) {
      const member = word(words, 2)
      order.splice(rank(scores.get(member) as number, member), 1)
      scores.delete(member)
    },
    ZINCRBY: (words) =>
      put(word(words, 3), (scores.get(word(words, 3)) as number) + number(words, 2)),
    ZSCORE: (words) => scores.get(word(words, 2)),
    ZRANK: (words) => rank(scores.get(word(words, 2)) as number, word(words, 2)),
    ZRANGE(words) {
      const from = number(words, 2)
      const to = number(words, 3)
      if (word(words, 4) === 'REV') {
        return order.slice(order.length - to - 1, order.length - from).reverse()
      }
      const part = order.slice(from, to < 0 ? undefined : to + 1)
      return words.length > 4 ? part.map((entry) => [entry.member, entry.score]) : part
    },
    ZREVRANK: (words) =>
      order.length - 1 - rank(scores.get(word(words, 2)) as number, word(words, 2)),
    ZMSCORE: (words) => words.slice(2).map((member) => scores.get(member)),
    ZPOPMAX: () => scores.delete((order.pop() as { member: string }).member),
    ZREMRANGEBYRANK: () => scores.delete((order.shift() as { member: string }).member),
    ZREMRANGEBYSCORE: () => scores.delete((order.shift() as { member: string }).member),
    ZRANGEBYSCORE(words) {
      const from = rank(number(words, 2), '')
      return order.slice(from, from + 10).map((entry) => entry.member)
    },
    ZCOUNT: (words) => order.length - rank(number(words, 2), ''),
    ZPOPMIN: () => scores.delete((order.shift() as { member: string }).member),
    ZRANDMEMBER: () => order[below(order.length)]?.member,
    ZCARD: () => order.length,
    /** After filling. */
    ready() {
      order = order.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1))
    },
  }
}

/** An array of entries, with binary search. */
function stream(): Naive {
  const entries: { id: number; fields: Words }[] = []
  const find = (id: number): number => {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle] as { id: number }).id < id) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    XADD: (words) =>
      entries.push({ id: Number.parseInt(word(words, 2), 10), fields: words.slice(3) }),
    XGROUP: () => null,
    XDEL: (words) => entries.splice(find(Number.parseInt(word(words, 2), 10)), 1),
    XRANGE(words) {
      const from = find(number(words, 2))
      return entries.slice(from, from + 10)
    },
    XREVRANGE(words) {
      const to = find(number(words, 2)) + 1
      return entries.slice(Math.max(0, to - 10), to).reverse()
    },
    XREAD(words) {
      const from = find(Number.parseInt(word(words, 5), 10) + 1)
      return entries.slice(from, from + 10)
    },
    XLEN: () => entries.length,
  }
}

/** What counts exactly, and takes room for every element. */
function hyperloglog(): Naive {
  const seen = new Set<string>()
  return {
    PFADD(words) {
      for (let i = 2; i < words.length; i++) seen.add(word(words, i))
    },
    PFCOUNT: () => seen.size,
    PFMERGE: () => new Set(seen),
  }
}

/** A `Map` of places, all of which are looked at. */
function geo(): Naive {
  const places = new Map<string, readonly [longitude: number, latitude: number]>()
  const add = (words: Words): void => {
    for (let i = 2; i < words.length; i += 3) {
      places.set(word(words, i + 2), [number(words, i), number(words, i + 1)])
    }
  }
  return {
    GEOADD: add,
    ZREM: (words) => places.delete(word(words, 2)),
    GEOPOS: (words) => places.get(word(words, 2)),
    GEODIST(words) {
      const [a, b] = [places.get(word(words, 2)), places.get(word(words, 3))]
      return a && b ? distance(a, b) : null
    },
    GEOSEARCH(words) {
      const from = [number(words, 3), number(words, 4)] as const
      return [...places].filter(([, place]) => distance(from, place) < 1000)
    },
  }
}

function distance([x, y]: readonly [number, number], [u, v]: readonly [number, number]): number {
  const radians = Math.PI / 180
  const height = Math.sin(((v - y) / 2) * radians) ** 2
  const width = Math.sin(((u - x) / 2) * radians) ** 2
  const part = height + Math.cos(y * radians) * Math.cos(v * radians) * width
  return 2 * 6_372_797.56 * Math.asin(Math.sqrt(part))
}

function array(): Naive {
  const items: string[] = []
  return {
    ARINSERT(words) {
      for (let i = 2; i < words.length; i++) items.push(word(words, i))
    },
    ARGET: (words) => items[number(words, 2)],
    ARMGET: (words) => words.slice(2).map((at) => items[Number(at)]),
    ARGETRANGE: (words) => items.slice(number(words, 2), number(words, 3) + 1),
    ARSET(words) {
      items[number(words, 2)] = word(words, 3)
    },
    ARLEN: () => items.length,
    ARLASTITEMS: () => items.slice(-10),
    ARGREP: () => items.flatMap((item, at) => (item === 'nothing' ? [at] : [])),
  }
}

/** Vectors in an array, all of them compared. */
function vectors(): Naive {
  const names: string[] = []
  const all: Float32Array[] = []
  const read = (words: Words, at: number): Float32Array => {
    const vector = Float32Array.from(words.slice(at + 2, at + 2 + number(words, at + 1)), Number)
    const length = Math.hypot(...vector)
    return vector.map((x) => x / length)
  }
  const nearest = (to: Float32Array) =>
    all
      .map((vector, at) => ({ name: names[at], distance: dot(vector, to) }))
      .sort((a, b) => b.distance - a.distance)
      .slice(0, 10)
  return {
    VADD(words) {
      all.push(read(words, 2))
      names.push(words.at(-1) as string)
    },
    VREM() {
      all.pop()
      names.pop()
    },
    VSIM: (words) =>
      nearest(
        word(words, 2) === 'ELE'
          ? (all[names.indexOf(word(words, 3))] as Float32Array)
          : read(words, 2),
      ),
    VEMB: (words) => all[names.indexOf(word(words, 2))],
    VRANDMEMBER: () => names[below(names.length)],
    VCARD: () => names.length,
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

export const NAIVE: Readonly<Record<string, () => Naive>> = {
  keys,
  string: bytes,
  bitmap: bytes,
  list,
  set,
  hash,
  zset,
  stream,
  hyperloglog,
  geo,
  array,
  vectors,
}
