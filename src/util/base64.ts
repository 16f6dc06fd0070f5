/** Base64 (RFC 4648, with padding), to and from byte strings. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < LETTERS.length; i++) VALUES[LETTERS.charCodeAt(i)] = i

/** Bytes a piece: a string that grows letter by letter would be a long rope. */
const PIECE = 3 * 8192

export function encodeBase64(bytes: string): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(encodePiece(bytes, at, Math.min(at + PIECE, bytes.length)))
  }
  return pieces.join('')
}

function encodePiece(bytes: string, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i += 3) {
    const left = end - i
    const word =
      (bytes.charCodeAt(i) << 16) |
      (left > 1 ? bytes.charCodeAt(i + 1) << 8 : 0) |
      (left > 2 ? bytes.charCodeAt(i + 2) : 0)
    text += LETTERS[word >> 18]
    text += LETTERS[(word >> 12) & 63]
    text += left > 1 ? LETTERS[(word >> 6) & 63] : '='
    text += left > 2 ? LETTERS[word & 63] : '='
  }
  return text
}

/** The bytes, or undefined if it is anything else. */
export function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const end = text.length - padding
  const pieces: string[] = []
  let piece = ''
  let bits = 0
  let held = 0
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? (VALUES[code] as number) : -1
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffffff
    held += 6
    if (held >= 8) {
      held -= 8
      piece += String.fromCharCode((bits >> held) & 255)
    }
    if (piece.length >= PIECE) {
      pieces.push(piece)
      piece = ''
    }
  }
  // Bits that no byte has must be zero, or two texts would stand for the same bytes.
  if ((bits & ((1 << held) - 1)) !== 0) return undefined
  pieces.push(piece)
  return pieces.join('')
}
