/**
 * Byte strings by TextDecoder and TextEncoder, where nothing better is at hand.
 *
 * Both speak UTF-8 and not bytes, so they help with what is ASCII, and that is most of what is
 * long. The decoder's result is checked; the encoder shows by itself that it met something else,
 * because it runs out of room. (A decoder for `latin1` would be windows-1252, and wrong.)
 */
import { isAscii, type NativeBytes, plainFromBytes } from '../util/bytes.ts'

interface Web {
  TextDecoder: new (
    label: string,
    options: { ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string }
  TextEncoder: new () => { encodeInto(text: string, into: Uint8Array): { read: number } }
}

const web = globalThis as unknown as Web
const decoder = new web.TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new web.TextEncoder()

/** A call costs some 200 ns in Chromium, which is what plain code takes for 100 bytes. */
export const webBytes: NativeBytes = {
  decodeFrom: 192,
  encodeFrom: 128,
  decode(bytes, start, end) {
    // A look at the first bytes spares most binary data the second attempt.
    for (let i = start; i < start + 8; i++) {
      if ((bytes[i] as number) >= 0x80) return plainFromBytes(bytes, start, end)
    }
    const text = decoder.decode(bytes.subarray(start, end))
    return text.length === end - start && isAscii(text) ? text : plainFromBytes(bytes, start, end)
  },
  encode(text, into, at) {
    const { length } = text
    if (encoder.encodeInto(text, into.subarray(at, at + length)).read === length) return
    for (let i = 0; i < length; i++) into[at + i] = text.charCodeAt(i)
  },
}
