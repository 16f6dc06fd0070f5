/**
 * `string.format`.
 *
 * A format is taken apart once and kept: scripts use the same few again and again. An error in it shows
 * only when its turn comes, after the arguments before it have been judged, so it is a part like others.
 */
import { formatFloat, formatInteger, formatNumber, type Layout } from '../number.ts'
import type { LuaValue } from '../value.ts'
import { type Complaints, checkNumber, checkString } from './check.ts'

/** A directive with the text in front of it. */
interface Part {
  readonly text: string
  /** Empty for the text at the end, `!` for an error. */
  readonly letter: string
  /** Without flags, width and precision. */
  readonly bare: boolean
  readonly layout: Layout
  readonly error: string
}

const PLAIN: Layout = {
  left: false,
  plus: false,
  blank: false,
  alternate: false,
  zero: false,
  width: 0,
  precision: -1,
}
/** Flags, two digits, and two more: what does not fit is an error of its own. */
const DIRECTIVE = /([-+ #0]*)([0-9]{0,2})(?:(\.)([0-9]{0,2}))?/y
const LETTERS = 'cdiouxXeEfgGqs'
const MAX_FLAGS = 5
const LONG = 100
const CACHED = 300

const formats = new Map<string, readonly Part[]>()

/** The parts of a format. */
function parse(format: string): readonly Part[] {
  const parts: Part[] = []
  let text = ''
  let at = 0
  for (;;) {
    const mark = format.indexOf('%', at)
    if (mark < 0) break
    text += format.slice(at, mark)
    at = mark + 1
    if (format[at] === '%') {
      text += '%'
      at++
      continue
    }
    DIRECTIVE.lastIndex = at
    const found = DIRECTIVE.exec(format) as RegExpExecArray
    const flags = found[1] as string
    at += found[0].length
    const letter = format.charAt(at)
    let error = ''
    if (flags.length > MAX_FLAGS) error = 'invalid format (repeated flags)'
    else if (letter >= '0' && letter <= '9') {
      error = 'invalid format (width or precision too long)'
    } else if (letter === '' || !LETTERS.includes(letter)) {
      error = `invalid option '%${letter === '\0' ? '' : letter}' to 'format'`
    }
    at++
    parts.push({
      text,
      letter: error === '' ? letter : '!',
      bare: found[0] === '',
      layout: found[0] === '' ? PLAIN : layout(flags, found),
      error,
    })
    text = ''
    if (error !== '') return parts
  }
  parts.push({ text: text + format.slice(at), letter: '', bare: true, layout: PLAIN, error: '' })
  return parts
}

function layout(flags: string, found: RegExpExecArray): Layout {
  return {
    left: flags.includes('-'),
    plus: flags.includes('+'),
    blank: flags.includes(' '),
    alternate: flags.includes('#'),
    zero: flags.includes('0'),
    width: Number(found[2]),
    precision: found[3] === undefined ? -1 : Number(found[4]),
  }
}

/** The text of a format whose arguments begin at the second of `args`. */
export function format(lua: Complaints, template: string, args: readonly LuaValue[]): string {
  let parts = formats.get(template)
  if (parts === undefined) {
    parts = parse(template)
    if (formats.size >= CACHED) formats.clear()
    formats.set(template, parts)
  }
  const given = args.length
  let result = ''
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as Part
    if (part.text !== '') result += part.text
    if (part.letter === '') break
    const n = i + 2
    if (n > given) lua.argumentError(n, 'no value')
    const value = args[i + 1]
    result += directive(lua, part, value, n, given)
  }
  return result
}

function directive(lua: Complaints, part: Part, value: LuaValue, n: number, given: number): string {
  const { letter } = part
  switch (letter) {
    case 'd':
    case 'i': {
      const number = typeof value === 'number' ? value : checkNumber(lua, value, n, given)
      if (part.bare && number === (number | 0)) return `${number}`
      return formatInteger(number, letter, part.layout)
    }
    case 's': {
      const text = typeof value === 'string' ? value : checkString(lua, value, n, given)
      return string(part, text)
    }
    case 'c':
      return character(part, typeof value === 'number' ? value : checkNumber(lua, value, n, given))
    case 'q':
      return quoted(typeof value === 'string' ? value : checkString(lua, value, n, given))
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      return formatInteger(checkNumber(lua, value, n, given), letter, part.layout)
    case '!':
      return lua.error(part.error)
    default:
      return formatFloat(checkNumber(lua, value, n, given), letter, part.layout)
  }
}

/** Strings go through C, where they end at a zero byte, unless they are long and need no layout. */
function string(part: Part, whole: string): string {
  const { precision, width } = part.layout
  if (precision < 0 && whole.length >= LONG) return whole
  const zero = whole.indexOf('\0')
  let text = zero < 0 ? whole : whole.slice(0, zero)
  if (part.bare) return text
  if (precision >= 0 && text.length > precision) text = text.slice(0, precision)
  return part.layout.left ? text.padEnd(width) : text.padStart(width)
}

function character(part: Part, n: number): string {
  // What does not fit an int is the least one, whose low byte is zero.
  const code = n > -(2 ** 31) - 1 && n < 2 ** 31 ? n & 255 : 0
  const text = String.fromCharCode(code)
  const { width } = part.layout
  const filled = part.layout.left ? text.padEnd(width) : text.padStart(width)
  // The C string ends at the character if that is zero.
  return code === 0 ? filled.slice(0, filled.indexOf('\0')) : filled
}

const UNSAFE = /["\\\n\r\0]/g
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\\n',
  '\r': '\\r',
  '\0': '\\000',
}

function quoted(text: string): string {
  return `"${text.replace(UNSAFE, (c) => ESCAPES[c] as string)}"`
}

/** What `..` and `tostring` make of a number or string. */
export function textOf(value: string | number): string {
  return typeof value === 'string' ? value : formatNumber(value)
}
