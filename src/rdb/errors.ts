/** Bytes that are no RDB, or no RDB of ours. */
export class MalformedRdb extends Error {
  override readonly name: string = 'MalformedRdb'
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
