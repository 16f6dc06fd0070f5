/**
 * Hashes: fields and values, and the encoding that Redis would report for them.
 *
 * The structure grows by itself (`StringMap`). The encoding is only what OBJECT ENCODING says: it
 * leaves `listpack` when a threshold is crossed or a field is given a deadline, and as in Redis
 * there is no way back.
 *
 * A hash that HIMPORT made, or that was converted by configuration, is a compact one to Redis: its names
 * stand in a template that it shares with others. Here strings are shared anyway; what can be seen of
 * it is the name of the encoding and the order of the fields, shorter names first.
 *
 * Fields may have deadlines. All that this takes hangs on `expiry`, which is null until the first
 * one. A small hash is looked through for what is due; one with a dictionary has a queue of its own.
 */
import { Deadlines } from '../structs/deadlines.ts'
import { StringMap } from '../structs/string-map.ts'
import { flatten } from '../util/bytes.ts'

/** Thresholds up to which Redis keeps a hash as a listpack. */
export interface HashLimits {
  /** `hash-max-listpack-entries` */
  entries: number
  /** `hash-max-listpack-value`, for fields as well */
  length: number
  /** `hash-min-template-entries`: from how many fields on it becomes a compact one; 0 for never. */
  templateLeast: number
  /** `hash-max-template-entries`: and up to how many; 0 for any. */
  templateMost: number
}

export const HASH_LIMITS: HashLimits = {
  entries: 512,
  length: 64,
  templateLeast: 0,
  templateMost: 0,
}

export const LISTPACK = 0
export const LISTPACK_EX = 1
export const HASHTABLE = 2
export const TEMPLATE = 3
export const TEMPLATE_ARRAY = 4

const ENCODINGS = [
  'listpack',
  'listpackex',
  'hashtable',
  'template-listpack',
  'template-array',
] as const

/** The order of the names in a template: by length, then by bytes. */
export const inTemplate = (a: string, b: string): number =>
  a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0

/** What a hash knows of its fields' deadlines. */
class FieldTimes {
  /** How many fields have one. */
  count = 0
  /** In a small hash: no field is due before this. */
  next = Number.POSITIVE_INFINITY
  /** The fields of a large hash by deadline; entries are hints, as in any `Deadlines`. */
  queue: Deadlines | null = null
  /** The earliest time at which the database is going to look at this hash. */
  noted = Number.POSITIVE_INFINITY
}

export class Hash extends StringMap {
  readonly type = 4 as const // HASH; `value.ts` cannot be imported for it without a cycle.
  /** One of the constants above. */
  encoding: number = LISTPACK
  /** Null as long as no field has a deadline. */
  expiry: FieldTimes | null = null

  /** Whether Redis would have made a hashtable of it. */
  get large(): boolean {
    return this.encoding === HASHTABLE
  }

  /** Whether Redis would share its names with other hashes. */
  get compact(): boolean {
    return this.encoding >= TEMPLATE
  }

  /** Set a field and clear its deadline, unless it is kept; true if the field is new. */
  set(field: string, value: string, keepTime = false): boolean {
    const place = this.find(field)
    if (place >= 0) {
      this.setValueAt(place, value)
      if (this.expiry !== null && !keepTime) this.setExpiryAt(place, 0)
      return false
    }
    // A field cut out of a request would keep the whole request alive.
    this.insert(flatten(field), value)
    return true
  }

  /** Look whether a field and value that were set make it large. */
  fit(limits: HashLimits, field: string, value: string): void {
    if (this.large) return
    const { entries, length } = limits
    // Of a compact hash the names are not packed.
    const long = value.length > length || (field.length > length && !this.compact)
    if (long || this.size > entries) this.unpack()
  }

  /** The encoding for what is too large to be packed. */
  unpack(): void {
    this.encoding = this.compact ? TEMPLATE_ARRAY : HASHTABLE
  }

  /** The encoding for a hash whose fields may have deadlines. */
  makeVolatile(limits: HashLimits): void {
    if (this.encoding === LISTPACK) this.encoding = LISTPACK_EX
    if (!this.compact) return
    this.encoding = LISTPACK_EX
    this.fitAll(limits)
  }

  /** Make it a compact one. */
  makeCompact(limits: HashLimits): void {
    this.encoding = TEMPLATE
    this.fitAll(limits)
    this.sort(inTemplate)
  }

  /** Make it a compact one if it was written to and is of a size that asks for it. */
  fitTemplate(limits: HashLimits): void {
    const { templateLeast, templateMost } = limits
    if (templateLeast === 0 || this.size < templateLeast) return
    if (templateMost !== 0 && this.size > templateMost) return
    if (this.expiry !== null || this.compact || this.encoding === LISTPACK_EX) return
    this.makeCompact(limits)
  }

  private fitAll(limits: HashLimits): void {
    for (let i = 0; i < this.size; i++) this.fit(limits, this.keyAt(i), this.valueAt(i))
  }

  /** A hash of its own with the same content. */
  copy(): Hash {
    const copy = new Hash(this.seed)
    for (let i = 0; i < this.size; i++) copy.insert(this.keyAt(i), this.valueAt(i))
    if (this.expiry !== null) {
      for (let i = 0; i < this.size; i++) copy.setExpiryAt(i, this.timeAt(i))
    }
    copy.encoding = this.encoding
    return copy
  }

  /** The fields as they are now, at once, for walking through them: none can be found there. */
  share(): Hash {
    const twin = new Hash(this.seed)
    this.shareWith(twin)
    twin.encoding = this.encoding
    if (this.expiry !== null) {
      twin.expiry = new FieldTimes()
      twin.expiry.count = this.expiry.count
      twin.expiry.next = this.nextExpiry
    }
    return twin
  }

  // ---- Deadlines --------------------------------------------------------------------------------

  /** How many fields have a deadline. */
  get volatile(): number {
    return this.expiry === null ? 0 : this.expiry.count
  }

  /** A time before which nothing is due, or Infinity. It may be too early. */
  get nextExpiry(): number {
    if (this.expiry === null) return Number.POSITIVE_INFINITY
    // The queue says when to ask it, which is when the tenth of a second of its first field is over.
    return this.expiry.queue === null ? this.expiry.next : this.expiry.queue.next() - 1
  }

  /** Set the deadline of the field at a place, or (0) clear it. */
  setExpiryAt(place: number, at: number): void {
    const old = this.timeAt(place)
    if (old === at) return
    const expiry = this.expiry ?? this.volatilize()
    this.setTimeAt(place, at)
    if (old === 0) expiry.count++
    if (at === 0) this.forget(expiry)
    else if (expiry.queue === null) expiry.next = Math.min(expiry.next, at)
    else if (old === 0 || at < old) {
      // A later deadline needs no entry: the one it has comes first, and is then added again.
      expiry.queue.add(this.keyAt(place), at)
      if (expiry.queue.shouldRebuild(expiry.count)) this.enqueue(expiry)
    }
  }

  private volatilize(): FieldTimes {
    this.expiry = new FieldTimes()
    if (!this.small) this.expiry.queue = new Deadlines()
    return this.expiry
  }

  override insert(field: string, value: string): number {
    const place = super.insert(field, value)
    if (this.expiry !== null && this.expiry.queue === null && !this.small) this.enqueue(this.expiry)
    if (!this.compact || place === 0 || inTemplate(this.keyAt(place - 1), field) < 0) return place
    // As in Redis, another template takes as long as there are fields.
    this.sort(inTemplate)
    return this.find(field)
  }

  override deleteAt(place: number): void {
    const { expiry } = this
    const timed = expiry !== null && this.timeAt(place) !== 0
    super.deleteAt(place)
    if (timed) this.forget(expiry)
    if (this.compact && !this.small) this.sort(inTemplate)
  }

  /**
   * Visit fields whose time is up, about `limit` of them; how many there were. The visitor deletes
   * the field. In a large hash a field may wait for the next tenth of a second.
   */
  expire(now: number, limit: number, visit: (place: number) => void): number {
    const { expiry } = this
    if (expiry === null) return 0
    const { queue } = expiry
    if (queue !== null) {
      let visited = 0
      queue.drain(now, limit, (field) => {
        const place = this.find(field)
        const at = place < 0 ? 0 : this.timeAt(place)
        if (at > now) queue.add(field, at)
        else if (at !== 0) {
          visited++
          visit(place)
        }
      })
      return visited
    }
    if (expiry.next > now) return 0
    // In the order of their deadlines; deletion moves fields to other places.
    const due: { field: string; at: number }[] = []
    for (let place = 0; place < this.size; place++) {
      const at = this.timeAt(place)
      if (at !== 0 && at <= now) due.push({ field: this.keyAt(place), at })
    }
    if (due.length > 1) due.sort((a, b) => a.at - b.at)
    for (const { field } of due) visit(this.find(field))
    expiry.next = Number.POSITIVE_INFINITY
    for (let place = 0; place < this.size; place++) {
      const at = this.timeAt(place)
      if (at !== 0 && at < expiry.next) expiry.next = at
    }
    return due.length
  }

  /** A field has lost its deadline. */
  private forget(expiry: FieldTimes): void {
    expiry.count--
    // What the database has noted becomes stale, as it does for a key that is deleted.
    if (expiry.count === 0) this.expiry = null
  }

  private enqueue(expiry: FieldTimes): void {
    const queue = new Deadlines()
    for (let i = 0; i < this.size; i++) {
      const at = this.timeAt(i)
      if (at !== 0) queue.add(this.keyAt(i), at)
    }
    expiry.queue = queue
  }
}

/** As OBJECT ENCODING reports it. */
export const hashEncoding = (hash: Hash): string => ENCODINGS[hash.encoding] as string

/** How long a listpack of these fields and values would be: a header, and one to five bytes each. */
export function listpackBytes(map: StringMap): number {
  let bytes = 7
  for (let i = 0; i < map.size; i++) {
    bytes += packed(map.keyAt(i).length) + packed(map.valueAt(i).length)
  }
  return bytes
}

const packed = (length: number): number =>
  length + (length < 64 ? 1 : length < 4096 ? 2 : 5) + (length < 126 ? 1 : 2)
