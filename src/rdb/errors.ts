/** Bytes that are no RDB, or no RDB of ours. */
export class MalformedRdb extends Error {
  override readonly name: string = 'MalformedRdb'
  /** What is wrong, without the place. */
  readonly reason: string
  /** Where it was noticed, in bytes from the beginning; -1 where that is not known. */
  offset: number
  /** The form that the value was said to be of; -1 where it was no value. */
  form = -1
  /** The key whose value it was, if it was one. */
  key: string | null = null

  constructor(reason: string, offset = -1) {
    super(offset < 0 ? reason : `${reason} at byte ${offset}`)
    this.reason = reason
    this.offset = offset
  }
}

/** The data end in the middle of something: they were cut off, or never written to their end. */
export class EndsEarly extends MalformedRdb {
  override readonly name: string = 'EndsEarly'

  constructor(offset: number) {
    super('the data ends too early', offset)
  }
}

/**
 * An object without elements, which no key can hold. Redis wrote some by mistake; a file with such a key
 * is read without it.
 */
export class EmptyValue extends MalformedRdb {
  override readonly name: string = 'EmptyValue'
}

/** A payload whose footer is wrong: version or checksum. */
export class WrongFooter extends MalformedRdb {
  override readonly name: string = 'WrongFooter'
}

/** A value that a version of RDB has no form for. */
export class NotRepresentable extends Error {
  override readonly name: string = 'NotRepresentable'
}
