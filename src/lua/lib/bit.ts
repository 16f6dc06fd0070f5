// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * BitOp: operations on 32 bits.
 *
 * A number becomes 32 bits by adding 2^52 + 2^51, after which the low half of the double holds it, rounded
 * to the nearest whole number and modulo 2^32. Beyond 2^51 that rounds away low bits, so the
 * same addition is done here.
 */
import { parseNumber } from '../number.ts'
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkNumber } from './check.ts'

const MAGIC = 6755399441055744
const view = new DataView(new ArrayBuffer(8))

/** Any number as a signed 32-bit integer. */
function toBits(n: number): number {
  const whole = n | 0
  if (whole === n) return whole
  // What low bits a NaN has is up to the JavaScript engine.
  if (Number.isNaN(n)) return 0
  view.setFloat64(0, n + MAGIC)
  return view.getInt32(4)
}

/** Installs `bit`. */
export function openBit(lua: Lua): void {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  function bits(value: LuaValue, n: number, given: number): number {
    if (typeof value === 'number') return toBits(value)
    const number = typeof value === 'string' ? parseNumber(value) : undefined
    return toBits(number ?? checkNumber(lua, value, n, given))
  }

  function unary(name: string, compute: (x: number) => number): void {
    define(name, function (x?: LuaValue) {
      return compute(bits(x, 1, arguments.length))
    })
  }
  unary('tobit', (x) => x)
  unary('bnot', (x) => ~x)
  unary('bswap', (x) => (x >>> 24) | ((x >>> 8) & 0xff00) | ((x & 0xff00) << 8) | (x << 24))

  function shift(name: string, compute: (x: number, n: number) => number): void {
    define(name, function (x?: LuaValue, n?: LuaValue) {
      const given = arguments.length
      const value = bits(x, 1, given)
      return compute(value, bits(n, 2, given) & 31) | 0
    })
  }
  shift('lshift', (x, n) => x << n)
  shift('rshift', (x, n) => x >>> n)
  shift('arshift', (x, n) => x >> n)
  shift('rol', (x, n) => (x << n) | (x >>> (32 - n)))
  shift('ror', (x, n) => (x << (32 - n)) | (x >>> n))

  function fold(name: string, compute: (x: number, y: number) => number): void {
    define(name, function (x?: LuaValue, y?: LuaValue) {
      const given = arguments.length
      let value = bits(x, 1, given)
      if (given === 2) return compute(value, bits(y, 2, given))
      // From the last to the second, which decides whose error is heard.
      for (let n = given; n > 1; n--) value = compute(value, bits(arguments[n - 1], n, given))
      return value
    })
  }
  fold('band', (x, y) => x & y)
  fold('bor', (x, y) => x | y)
  fold('bxor', (x, y) => x ^ y)

  define('tohex', function (x?: LuaValue, n?: LuaValue) {
    const given = arguments.length
    const value = bits(x, 1, given)
    const digits = given < 2 ? 8 : bits(n, 2, given)
    const count = Math.min(8, Math.abs(digits))
    const text = (value >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(8 - count)
    return digits < 0 ? text.toUpperCase() : text
  })

  lua.globals.setString('bit', library)
}
