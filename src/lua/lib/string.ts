// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * The string library.
 *
 * Strings are bytes, so upper and lower case are those of ASCII. Results are built by concatenation, which
 * V8 does by reference.
 */
import { fromBytes, isAscii, owned } from '../../util/bytes.ts'
import { Matcher, type Program } from '../pattern.ts'
import { LuaTable } from '../table.ts'
import {
  builtin,
  type Frame,
  LuaFunction,
  type LuaResult,
  type LuaValue,
  typeName,
} from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkInt, checkInteger, checkString } from './check.ts'
import { format, textOf } from './format.ts'

/** As many values as fit the stack of a C function in PUC. */
const MAX_STACK = 8000
/** Results from here on are counted as memory. */
const COUNTED = 256
/** Steps of matching between two looks at the clock. */
const HOOK_STEPS = 100_000

/** Installs `string`, also as what strings index. */
export function openString(lua: Lua): void {
  let steps = 0
  const matcher = new Matcher({
    error: (text) => lua.error(text),
    // A pattern cannot be suspended, but it can be ended: by what the hook throws.
    spend(more) {
      steps += more
      if (steps < HOOK_STEPS) return
      steps = 0
      lua.hook?.()
    },
    allocate: (bytes) => lua.allocate(bytes),
  })
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  define('len', function (s?: LuaValue) {
    return typeof s === 'string' ? s.length : checkString(lua, s, 1, arguments.length).length
  })

  define('sub', function (s?: LuaValue, i?: LuaValue, j?: LuaValue) {
    const given = arguments.length
    const text = typeof s === 'string' ? s : checkString(lua, s, 1, given)
    const { length } = text
    let start = place(checkInteger(lua, i, 2, given), length)
    let end = j === undefined ? length : place(checkInteger(lua, j, 3, given), length)
    if (start < 1) start = 1
    if (end > length) end = length
    if (end - start >= COUNTED) lua.allocate(end - start)
    return start <= end ? owned(text, start - 1, end) : ''
  })

  define('byte', function (s?: LuaValue, i?: LuaValue, j?: LuaValue) {
    const given = arguments.length
    const text = typeof s === 'string' ? s : checkString(lua, s, 1, given)
    const { length } = text
    let start = i === undefined ? 1 : place(checkInteger(lua, i, 2, given), length)
    let end = j === undefined ? start : place(checkInteger(lua, j, 3, given), length)
    if (start <= 0) start = 1
    if (end > length) end = length
    if (start > end) return []
    if (start === end) return text.charCodeAt(start - 1)
    if (end - start + 1 + given > MAX_STACK) lua.error('stack overflow (string slice too long)')
    const codes: number[] = []
    for (let at = start - 1; at < end; at++) codes.push(text.charCodeAt(at))
    return codes
  })

  define('char', (...args: LuaValue[]) => {
    let text = ''
    for (let n = 0; n < args.length; n++) {
      const code = checkInt(lua, args[n], n + 1, args.length)
      if ((code & 255) !== code) lua.argumentError(n + 1, 'invalid value')
      text += String.fromCharCode(code)
    }
    return text
  })

  define('rep', function (s?: LuaValue, n?: LuaValue) {
    const given = arguments.length
    const text = checkString(lua, s, 1, given)
    const times = checkInt(lua, n, 2, given)
    if (times <= 0 || text === '') return ''
    lua.allocate(text.length * times)
    return text.repeat(times)
  })

  define('reverse', function (s?: LuaValue) {
    const text = checkString(lua, s, 1, arguments.length)
    const { length } = text
    if (length < 24) {
      let reversed = ''
      for (let at = length - 1; at >= 0; at--) reversed += text[at]
      return reversed
    }
    lua.allocate(length)
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) bytes[length - 1 - at] = text.charCodeAt(at)
    return fromBytes(bytes)
  })

  define('lower', function (s?: LuaValue) {
    const text = checkString(lua, s, 1, arguments.length)
    if (text.length >= COUNTED) lua.allocate(text.length)
    return isAscii(text) ? text.toLowerCase() : text.replace(CAPITALS, (run) => run.toLowerCase())
  })

  define('upper', function (s?: LuaValue) {
    const text = checkString(lua, s, 1, arguments.length)
    if (text.length >= COUNTED) lua.allocate(text.length)
    return isAscii(text) ? text.toUpperCase() : text.replace(SMALL, (run) => run.toUpperCase())
  })

  define('format', (...args: LuaValue[]) => {
    const template = checkString(lua, args[0], 1, args.length)
    const text = format(lua, template, args)
    if (text.length >= COUNTED) lua.allocate(text.length)
    return text
  })

  // There is no bytecode: this is its beginning, and nobody loads what begins so.
  define('dump', function (f?: LuaValue) {
    if (f instanceof LuaFunction) {
      return f.code === undefined ? lua.error('unable to dump given function') : '\x1bLuaQ'
    }
    const got = arguments.length === 0 ? 'no value' : typeName(f)
    return lua.argumentError(1, `function expected, got ${got}`)
  })

  /** The captures of a match, or the whole of it if there are none. */
  function captures(program: Program, subject: string, begin: number, end: number): LuaResult {
    if (program.captures <= 1) return matcher.capture(program, subject, 0, begin, end)
    const values: LuaValue[] = []
    for (let n = 0; n < program.captures; n++) {
      values.push(matcher.capture(program, subject, n, begin, end))
    }
    return values
  }

  define('find', function (s?: LuaValue, p?: LuaValue, i?: LuaValue, plain?: LuaValue) {
    const given = arguments.length
    const subject = typeof s === 'string' ? s : checkString(lua, s, 1, given)
    const pattern = typeof p === 'string' ? p : checkString(lua, p, 2, given)
    const from = i === undefined ? 0 : start(checkInteger(lua, i, 3, given), subject.length)
    const literal = plain !== undefined && plain !== false
    const program = literal ? undefined : matcher.compile(pattern)
    if (program === undefined || program.plain) {
      const at = subject.indexOf(pattern, from)
      return at < 0 ? undefined : [at + 1, at + pattern.length]
    }
    const end = matcher.search(program, subject, from)
    if (end < 0) return undefined
    const begin = matcher.begin
    const found: LuaValue[] = [begin + 1, end]
    for (let n = 0; n < program.captures; n++) {
      found.push(matcher.capture(program, subject, n, begin, end))
    }
    return found
  })

  define('match', function (s?: LuaValue, p?: LuaValue, i?: LuaValue) {
    const given = arguments.length
    const subject = typeof s === 'string' ? s : checkString(lua, s, 1, given)
    const pattern = typeof p === 'string' ? p : checkString(lua, p, 2, given)
    const from = i === undefined ? 0 : start(checkInteger(lua, i, 3, given), subject.length)
    const program = matcher.compile(pattern)
    const end = matcher.search(program, subject, from)
    return end < 0 ? undefined : captures(program, subject, matcher.begin, end)
  })

  function gmatch(s?: LuaValue, p?: LuaValue): LuaResult {
    const given = arguments.length
    const subject = checkString(lua, s, 1, given)
    const program = matcher.compileUnanchored(checkString(lua, p, 2, given))
    let from = 0
    return builtin('', () => {
      if (from > subject.length) return []
      const end = matcher.search(program, subject, from)
      if (end < 0) {
        from = subject.length + 1
        return []
      }
      const begin = matcher.begin
      from = end === begin ? end + 1 : end
      return captures(program, subject, begin, end)
    })
  }
  define('gmatch', gmatch)
  // The same function under the name it had in Lua 5.0.
  library.setString('gfind', library.getString('gmatch'))

  define('gsub', function (s?: LuaValue, p?: LuaValue, by?: LuaValue, most?: LuaValue) {
    const given = arguments.length
    const subject = typeof s === 'string' ? s : checkString(lua, s, 1, given)
    const pattern = typeof p === 'string' ? p : checkString(lua, p, 2, given)
    const { length } = subject
    const limit = most === undefined ? length + 1 : checkInt(lua, most, 4, given)
    let text: string | undefined
    if (typeof by === 'string' || typeof by === 'number') text = textOf(by)
    else if (!(by instanceof LuaFunction || by instanceof LuaTable)) {
      lua.argumentError(3, 'string/function/table expected')
    }
    const program = matcher.compile(pattern)
    const parts = text?.includes('%') ? replacementParts(text) : undefined
    const replace = (parent: Frame | undefined): LuaValue[] => {
      let result = ''
      let count = 0
      // What stands between `copied` and `at` is yet to be added.
      let copied = 0
      let at = 0
      while (count < limit) {
        const end = matcher.search(program, subject, at)
        if (end < 0) break
        const { begin } = matcher
        count++
        if (begin > copied) result += subject.slice(copied, begin)
        if (parts !== undefined) result += expand(parts, program, subject, begin, end)
        else if (text !== undefined) result += text
        else
          result += replacement(parent, by as LuaFunction | LuaTable, program, subject, begin, end)
        copied = end
        at = end
        if (end === begin) {
          // Of nothing: the next character stays, and it goes on behind it.
          if (end >= length) break
          at++
        }
        if (program.anchored) break
      }
      if (count === 0) return [subject, 0]
      if (copied < length) result += subject.slice(copied)
      lua.allocate(result.length)
      return [owned(result, 0, result.length, length), count]
    }
    if (!(by instanceof LuaFunction)) return replace(undefined)
    let replaced: LuaValue[] = []
    lua.repeatedly((parent) => {
      replaced = replace(parent)
    })
    return replaced
  })

  /** A replacement with its parts filled in. */
  function expand(
    parts: readonly (string | number)[],
    program: Program,
    subject: string,
    begin: number,
    end: number,
  ): string {
    let result = ''
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string | number
      if (typeof part === 'string') result += part
      else if (part < 0) result += subject.slice(begin, end)
      else result += matcher.capture(program, subject, part, begin, end)
    }
    return result
  }

  /** What a function or a table puts in the place of a match. */
  function replacement(
    parent: Frame | undefined,
    by: LuaFunction | LuaTable,
    program: Program,
    subject: string,
    begin: number,
    end: number,
  ): string {
    let value: LuaValue
    if (by instanceof LuaTable) {
      value = lua.index(by, matcher.capture(program, subject, 0, begin, end))
    } else if (program.captures <= 1 && parent !== undefined) {
      const whole = matcher.capture(program, subject, 0, begin, end)
      value = lua.callFirst(parent, by, 1, whole)
    } else {
      const found = captures(program, subject, begin, end)
      value = lua.call(by, Array.isArray(found) ? found : [found])[0]
    }
    if (typeof value === 'string') return value
    if (typeof value === 'number') return textOf(value)
    if (value === undefined || value === false) return subject.slice(begin, end)
    return lua.error(`invalid replacement value (a ${typeName(value)})`)
  }

  /** From where to search: clamped into the subject. */
  function start(from: number, length: number): number {
    const at = place(from, length) - 1
    return at < 0 ? 0 : at > length ? length : at
  }

  lua.globals.setString('string', library)
  const meta = new LuaTable()
  meta.setString('__index', library)
  lua.stringMeta = meta
}

/** A replacement as texts and numbers of captures; -1 is the whole match. */
function replacementParts(text: string): (string | number)[] {
  const parts: (string | number)[] = []
  let plain = ''
  let copied = 0
  for (let mark = text.indexOf('%'); mark >= 0; mark = text.indexOf('%', copied)) {
    plain += text.slice(copied, mark)
    copied = mark + 2
    const digit = text.charCodeAt(mark + 1) - 48
    if (digit >= 0 && digit <= 9) {
      if (plain !== '') parts.push(plain)
      plain = ''
      parts.push(digit - 1)
    } else if (mark + 1 < text.length) plain += text[mark + 1]
    // At the end it is the zero byte behind the string that is taken.
    else plain += '\0'
  }
  plain += text.slice(copied)
  if (plain !== '') parts.push(plain)
  return parts
}

const CAPITALS = /[A-Z]+/g
const SMALL = /[a-z]+/g

/** A place counted from one, or from the end if negative. */
function place(at: number, length: number): number {
  const from = at < 0 ? at + length + 1 : at
  return from >= 0 ? from : 0
}
