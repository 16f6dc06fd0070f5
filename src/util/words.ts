/**
 * The words of an inline command, of a line typed into a console, of the first line of a script.
 *
 * Quoting is Redis's: in double quotes `\n \r \t \b \a`, `\xHH` and a backslash in front of anything
 * else; in single quotes only `\'`; a quote may open in the middle of a word, and behind a closing one
 * must stand white space or the end. Bytes from the first NUL on are not seen, as in a C string.
 */
import { flatten } from './bytes.ts'

const SPACE = /[ \t\n\v\f\r]/
/** Without any of these a line is just words with blanks between them. */
const SPECIAL = /["'\v\f\0]/

/** The words of a line (a byte string), or undefined if its quotes do not balance. */
export function splitInline(line: string): string[] | undefined {
  if (!SPECIAL.test(line)) {
    const words: string[] = []
    for (const word of line.split(/[ \t\n\r]/)) if (word !== '') words.push(flatten(word))
    return words
  }
  const end = line.indexOf('\0')
  const length = end < 0 ? line.length : end
  const words: string[] = []
  let i = 0
  for (;;) {
    while (i < length && SPACE.test(line[i] as string)) i++
    if (i >= length) return words
    let word = ''
    let quote = ''
    for (;;) {
      if (i >= length) {
        if (quote !== '') return undefined
        break
      }
      const char = line[i] as string
      if (quote === '') {
        if (char === '"' || char === "'") quote = char
        // A vertical tab or a form feed separates words but does not end one: so does Redis.
        else if (char === ' ' || char === '\n' || char === '\r' || char === '\t') break
        else word += char
        i++
      } else if (char === quote) {
        i++
        if (i < length && !SPACE.test(line[i] as string)) return undefined
        break
      } else if (char === '\\' && quote === '"' && i + 1 < length) {
        const hex = /^x([0-9a-f]{2})/i.exec(line.slice(i + 1, i + 4))
        if (hex !== null && i + 4 <= length) {
          word += String.fromCharCode(Number.parseInt(hex[1] as string, 16))
          i += 4
        } else {
          word += escaped(line[i + 1] as string)
          i += 2
        }
      } else if (char === '\\' && quote === "'" && line[i + 1] === "'" && i + 1 < length) {
        word += "'"
        i += 2
      } else {
        word += char
        i++
      }
    }
    words.push(flatten(word))
  }
}

function escaped(letter: string): string {
  switch (letter) {
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 't':
      return '\t'
    case 'b':
      return '\b'
    case 'a':
      return '\x07'
    default:
      return letter
  }
}
