/** Sets in an RDB: an intset or a listpack while they are small, else a row of members. */
import { SetValue } from '../types/set.ts'
import { formatInteger, type Integer, parseInteger } from '../util/integer.ts'
import { type Decoder, type Encoder, piece, pieces, STEP, type Steps } from './codec.ts'
import { EmptyValue } from './errors.ts'
import { SET_INTSET, SET_LISTPACK, SET_PLAIN, SINCE_SET_LISTPACK } from './format.ts'
import { readIntset, writeIntset } from './intset.ts'
import { ListpackWriter, readListpack } from './listpack.ts'
import type { RdbWriter } from './writer.ts'

// ---- Writing ----------------------------------------------------------------------------------

export const setEncoder: Encoder<SetValue> = {
  form({ encoding }, to) {
    if (encoding === 'intset') return SET_INTSET
    return encoding === 'listpack' && to.version >= SINCE_SET_LISTPACK ? SET_LISTPACK : SET_PLAIN
  },
  write(to, set, form) {
    if (form === SET_PLAIN) return writeMembers(to, set)
    if (form === SET_INTSET) {
      const integers: Integer[] = []
      set.forEach((member) => {
        integers.push(parseInteger(member) as Integer)
      })
      to.blob(writeIntset(integers))
    } else {
      const members = new ListpackWriter()
      set.forEach((member) => {
        members.add(member)
      })
      to.blob(members.bytes, 0, members.finish())
    }
    return null
  },
}

function* writeMembers(to: RdbWriter, set: SetValue): Steps {
  const { size } = set
  to.length(size)
  for (let i = 0; i < size; i++) {
    to.string(set.at(i))
    if ((i + 1) % STEP === 0) yield
  }
}

// ---- Reading ----------------------------------------------------------------------------------

export const plainSetDecoder: Decoder = {
  *steps(from, { setLimits }) {
    const count = yield* piece(from, () => from.length())
    if (count === 0) throw new EmptyValue('a set without members')
    const large = count > setLimits.intsetEntries
    const set = new SetValue(setLimits, large ? 'hashtable' : 'intset')
    yield* pieces(from, count, () => {
      if (!set.add(from.string())) from.fail('a set has a member twice')
    })
    return set
  },
}

export const intsetDecoder: Decoder = {
  read(from, { setLimits }) {
    const members = readIntset(from.blob()).map(formatInteger)
    const large = members.length > setLimits.intsetEntries
    return SetValue.of(setLimits, large ? 'hashtable' : 'intset', members)
  },
}

export const listpackSetDecoder: Decoder = {
  read(from, { setLimits }) {
    const members = readListpack(from.blob())
    if (members.length === 0) throw new EmptyValue('a set without members')
    if (new Set(members).size < members.length) from.fail('a set has a member twice')
    const large = members.length > setLimits.listpackEntries
    return SetValue.of(setLimits, large ? 'hashtable' : 'listpack', members)
  },
}
