/**
 * Glob patterns as KEYS, SCAN, PSUBSCRIBE, CONFIG GET and ACL understand them.
 *
 * `*` any run, `?` any byte, `[a-c]` and `[^a-c]` classes, backslash takes the next byte literally.
 * Every element but `*` takes exactly one byte, so on a mismatch it is enough to go back to the last
 * `*` and let it take one byte more: an earlier one could only do worse. That bounds the work by
 * pattern × text, where recursion on each `*` is exponential.
 *
 * Redis's oddities are kept: an unterminated class ends with the pattern, `[^` alone matches any
 * byte, ends of a range may be swapped and are compared as signed chars, an empty text matches only
 * an empty pattern, and a pattern with more than 1,000 effective stars matches nothing.
 */

const STAR = 42
const QUESTION = 63
const OPEN = 91
const CLOSE = 93
const BACKSLASH = 92
const CARET = 94
const DASH = 45

/** Redis's bound on the nesting of its recursion. */
const MAX_STARS = 1000

/** Whether the whole text matches the pattern. */
export function matchGlob(pattern: string, text: string, ignoreCase = false): boolean {
  const patternEnd = pattern.length
  const textEnd = text.length
  if (textEnd === 0) return patternEnd === 0
  let p = 0
  let t = 0
  let stars = 0
  let resumeAt = -1
  let resumeText = 0
  while (t < textEnd) {
    let next = -1
    if (p < patternEnd) {
      const code = pattern.charCodeAt(p)
      if (code === STAR) {
        while (p < patternEnd && pattern.charCodeAt(p) === STAR) p++
        if (p === patternEnd) return true
        if (++stars > MAX_STARS) return false
        resumeAt = p
        resumeText = t
        continue
      }
      next = matchOne(pattern, p, code, text.charCodeAt(t), ignoreCase)
    }
    if (next >= 0) {
      p = next
      t++
    } else if (resumeAt >= 0) {
      p = resumeAt
      t = ++resumeText
    } else {
      return false
    }
  }
  while (p < patternEnd && pattern.charCodeAt(p) === STAR) p++
  return p === patternEnd
}

/** Where the pattern goes on if its element at `p` takes the byte, else -1. */
function matchOne(
  pattern: string,
  p: number,
  code: number,
  byte: number,
  ignoreCase: boolean,
): number {
  if (code === QUESTION) return p + 1
  if (code === OPEN) return matchClass(pattern, p + 1, byte, ignoreCase)
  if (code === BACKSLASH && p + 1 < pattern.length) code = pattern.charCodeAt(++p)
  return code === byte || (ignoreCase && lower(code) === lower(byte)) ? p + 1 : -1
}

/** A class; `p` is just after its bracket. */
function matchClass(pattern: string, p: number, byte: number, ignoreCase: boolean): number {
  const end = pattern.length
  const inverted = p < end && pattern.charCodeAt(p) === CARET
  if (inverted) p++
  let found = false
  while (p < end) {
    const code = pattern.charCodeAt(p)
    if (code === BACKSLASH && p + 1 < end) {
      // Not subject to ignoreCase in Redis either.
      if (pattern.charCodeAt(p + 1) === byte) found = true
      p += 2
    } else if (code === CLOSE) {
      p++
      break
    } else if (p + 2 < end && pattern.charCodeAt(p + 1) === DASH) {
      if (inRange(code, pattern.charCodeAt(p + 2), byte, ignoreCase)) found = true
      p += 3
    } else {
      if (code === byte || (ignoreCase && lower(code) === lower(byte))) found = true
      p++
    }
  }
  return found !== inverted ? p : -1
}

function inRange(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  let low = signed(from)
  let high = signed(to)
  let at = signed(byte)
  if (low > high) {
    const swap = low
    low = high
    high = swap
  }
  if (ignoreCase) {
    low = lower(low)
    high = lower(high)
    at = lower(at)
  }
  return at >= low && at <= high
}

function signed(code: number): number {
  return (code << 24) >> 24
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code
}

/** Whether a pattern has no special byte and so matches only itself. */
export function isLiteralGlob(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern)
}
