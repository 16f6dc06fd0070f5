/** How redis-cli, MONITOR and the logs spell a byte string. */
/** Bytes with a letter of their own. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
}

/** A byte string in double quotes; what is not printable ASCII is escaped. */
export function quote(bytes: string): string {
  let text = '"'
  for (const byte of bytes) {
    const code = byte.charCodeAt(0)
    const letter = ESCAPES[byte]
    if (letter !== undefined) text += letter
    else if (code >= 0x20 && code < 0x7f) text += byte
    else text += `\\x${code.toString(16).padStart(2, '0')}`
  }
  return `${text}"`
}
