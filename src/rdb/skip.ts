/**
 * Passing over a value of which only the outline is trusted: lengths, and strings whatever they hold.
 * For repairs, which leave out one key instead of all that follow.
 */
import { piece, pieces, type Reading } from './codec.ts'
import * as forms from './format.ts'
import { readHead } from './hash.ts'
import { skipModuleValue } from './module.ts'
import type { RdbReader } from './reader.ts'

const ID_BYTES = 16

/** Pass over a value of this form. Throws `MalformedRdb` where that is not possible. */
export function* skipValue(from: RdbReader, form: number): Reading<void> {
  switch (form) {
    case forms.STRING_PLAIN:
    case forms.LIST_ZIPLIST:
    case forms.SET_INTSET:
    case forms.SET_LISTPACK:
    case forms.ZSET_ZIPLIST:
    case forms.ZSET_LISTPACK:
    case forms.HASH_ZIPMAP:
    case forms.HASH_ZIPLIST:
    case forms.HASH_LISTPACK:
    case forms.HASH_LISTPACK_EX_EARLY:
      return yield* piece(from, () => string(from))
    case forms.HASH_LISTPACK_EX:
      return yield* piece(from, () => {
        from.skip(8)
        string(from)
      })
    case forms.LIST_PLAIN:
    case forms.LIST_QUICKLIST:
    case forms.SET_PLAIN:
      return yield* row(from, () => string(from))
    case forms.LIST_QUICKLIST_2:
      return yield* row(from, () => {
        from.integer()
        string(from)
      })
    case forms.ZSET_PLAIN:
      return yield* row(from, () => {
        string(from)
        const length = from.byte()
        if (length < 253) from.skip(length)
      })
    case forms.ZSET_2:
      return yield* row(from, () => {
        string(from)
        from.skip(8)
      })
    case forms.HASH_PLAIN:
      return yield* row(from, () => {
        string(from)
        string(from)
      })
    case forms.HASH_TIMED:
    case forms.HASH_TIMED_EARLY:
      if (form === forms.HASH_TIMED) yield* piece(from, () => from.skip(8))
      return yield* row(from, () => {
        from.integer()
        string(from)
        string(from)
      })
    case forms.HASH_TEMPLATE:
    case forms.HASH_TEMPLATE_REF:
      yield* piece(from, () => readHead(from, form))
      return
    case forms.HASH_TEMPLATE_ARRAY:
    case forms.HASH_TEMPLATE_ARRAY_REF: {
      const { names } = yield* piece(from, () => readHead(from, form))
      return yield* pieces(from, names.length, () => string(from))
    }
    case forms.MODULE:
      return yield* piece(from, () => {
        from.integer()
        skipModuleValue(from)
      })
    case forms.ARRAY:
      return yield* skipArray(from)
    case forms.STREAM_LISTPACKS:
    case forms.STREAM_LISTPACKS_2:
    case forms.STREAM_LISTPACKS_3:
    case forms.STREAM_LISTPACKS_4:
    case forms.STREAM_LISTPACKS_5:
      return yield* skipStream(from, form)
    default:
      return from.fail(`an object of the unknown form ${form}`)
  }
}

/** A string in any form, not looked at. */
function string(from: RdbReader): void {
  from.passString()
}

function* row(from: RdbReader, item: () => void): Reading<void> {
  const count = yield* piece(from, () => from.length())
  yield* pieces(from, count, item)
}

function* skipArray(from: RdbReader): Reading<void> {
  const count = yield* piece(from, () => {
    const items = from.length()
    if (from.length() === 1) from.integer()
    return items
  })
  yield* pieces(from, count, () => {
    from.integer()
    const kind = from.integer()
    if (kind === 1 || kind === 2) from.skip(8)
    else string(from)
  })
}

function* skipStream(from: RdbReader, form: number): Reading<void> {
  const since = (least: number): boolean => form >= least
  yield* row(from, () => {
    string(from)
    string(from)
  })
  const groups = yield* piece(from, () => {
    for (let left = since(forms.STREAM_LISTPACKS_2) ? 8 : 3; left > 0; left--) from.integer()
    return from.length()
  })
  for (let left = groups; left > 0; left--) {
    yield* piece(from, () => {
      string(from)
      for (let n = since(forms.STREAM_LISTPACKS_2) ? 3 : 2; n > 0; n--) from.integer()
    })
    yield* row(from, () => {
      from.skip(ID_BYTES + 8)
      from.integer()
    })
    const consumers = yield* piece(from, () => from.length())
    for (let more = consumers; more > 0; more--) {
      yield* piece(from, () => {
        string(from)
        from.skip(since(forms.STREAM_LISTPACKS_3) ? 16 : 8)
      })
      yield* row(from, () => {
        from.skip(ID_BYTES)
      })
    }
    if (since(forms.STREAM_LISTPACKS_5)) {
      yield* row(from, () => {
        from.skip(ID_BYTES)
      })
    }
  }
  if (!since(forms.STREAM_LISTPACKS_4)) return
  const producers = yield* piece(from, () => {
    from.integer()
    from.integer()
    return from.length()
  })
  for (let left = producers; left > 0; left--) {
    yield* piece(from, () => string(from))
    yield* row(from, () => {
      string(from)
      from.integer()
      from.integer()
    })
  }
  yield* piece(from, () => {
    from.integer()
    from.integer()
  })
}
