// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * The math library, with Redis's random numbers.
 *
 * `math.random` of Redis draws from a generator of its own, the 48-bit linear congruential one of
 * POSIX's lrand48, so that scripts see the same numbers everywhere. Its state belongs to the server:
 * all machines of one share it, and nothing resets it.
 *
 * Transcendental functions are JavaScript's where we have none of our own, and may differ from C's in the
 * last of 53 bits, which fourteen digits rarely show.
 */
import { arcsine, cosine, sine } from '../../util/trigonometry.ts'
import { power } from '../power.ts'
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkInt, checkNumber } from './check.ts'

const LIMB = 0x1000000
const MULTIPLIER_HIGH = 0x5de
const MULTIPLIER_LOW = 0xece66d
const INCREMENT = 0xb
/** The low 16 bits after seeding. */
const SEED_LOW = 0x330e
/** What seeds a generator that nobody has seeded. */
const FIRST_SEED = 0x1234abcd
const MAX_RANDOM = 0x7fffffff

/** lrand48: X ← X × 0x5deece66d + 0xb modulo 2^48, of which the upper 31 bits are drawn. */
export class Random48 {
  /** The 48 bits in halves, whose products are exact doubles. */
  private high: number
  private low: number

  constructor() {
    this.high = 0
    this.low = 0
    this.seed(FIRST_SEED)
  }

  /** Takes 32 bits. */
  seed(seed: number): void {
    const bits = seed >>> 0
    this.high = bits >>> 8
    this.low = ((bits & 0xff) << 16) | SEED_LOW
  }

  /** From 0 to 2^31 - 1. */
  next(): number {
    const product = this.low * MULTIPLIER_LOW + INCREMENT
    const carry = Math.floor(product / LIMB)
    const high = this.high * MULTIPLIER_LOW + this.low * MULTIPLIER_HIGH + carry
    this.low = product - carry * LIMB
    this.high = high - Math.floor(high / LIMB) * LIMB
    return this.high * 128 + (this.low >>> 17)
  }
}

const DEGREE = Math.PI / 180

/** Installs `math`; machines of one server share `random`. */
export function openMath(lua: Lua, random: Random48 = new Random48()): void {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  /** A function of one number. */
  function unary(name: string, compute: (x: number) => number): void {
    define(name, function (x?: LuaValue) {
      return compute(typeof x === 'number' ? x : checkNumber(lua, x, 1, arguments.length))
    })
  }
  unary('acos', Math.acos)
  unary('asin', (x) => (x < 0 ? -arcsine(-x) : arcsine(x)))
  unary('atan', Math.atan)
  unary('cos', cosine)
  unary('cosh', Math.cosh)
  unary('deg', (x) => x / DEGREE)
  unary('exp', Math.exp)
  unary('log', Math.log)
  unary('log10', Math.log10)
  unary('rad', (x) => x * DEGREE)
  unary('sin', sine)
  unary('sinh', Math.sinh)
  unary('tan', Math.tan)
  unary('tanh', Math.tanh)

  // The frequent ones are written out: what several functions share, V8 does not inline.
  define('floor', function (x?: LuaValue) {
    return Math.floor(typeof x === 'number' ? x : checkNumber(lua, x, 1, arguments.length))
  })
  define('ceil', function (x?: LuaValue) {
    return Math.ceil(typeof x === 'number' ? x : checkNumber(lua, x, 1, arguments.length))
  })
  define('abs', function (x?: LuaValue) {
    return Math.abs(typeof x === 'number' ? x : checkNumber(lua, x, 1, arguments.length))
  })
  define('sqrt', function (x?: LuaValue) {
    return Math.sqrt(typeof x === 'number' ? x : checkNumber(lua, x, 1, arguments.length))
  })

  /** A function of two numbers. */
  function binary(name: string, compute: (x: number, y: number) => number): void {
    define(name, function (x?: LuaValue, y?: LuaValue) {
      const given = arguments.length
      // From right to left, as C compilers do.
      const second = checkNumber(lua, y, 2, given)
      return compute(checkNumber(lua, x, 1, given), second)
    })
  }
  binary('atan2', Math.atan2)
  binary('fmod', (x, y) => x % y)
  binary('pow', power)
  // The name that fmod had in Lua 5.0.
  library.setString('mod', library.getString('fmod'))

  define('modf', function (n?: LuaValue) {
    const x = checkNumber(lua, n, 1, arguments.length)
    const whole = Math.trunc(x)
    // Of whole numbers and infinities a zero is left, with their sign.
    return [whole, whole === x ? (x < 0 || (x === 0 && 1 / x < 0) ? -0 : 0) : x - whole]
  })

  define('frexp', function (n?: LuaValue) {
    return takeApart(checkNumber(lua, n, 1, arguments.length))
  })

  define('ldexp', function (n?: LuaValue, e?: LuaValue) {
    const given = arguments.length
    const exponent = checkInt(lua, e, 2, given)
    return scale(checkNumber(lua, n, 1, given), exponent)
  })

  define('max', function (a?: LuaValue, b?: LuaValue) {
    const given = arguments.length
    let most = checkNumber(lua, a, 1, given)
    if (given === 2) {
      const other = checkNumber(lua, b, 2, given)
      return other > most ? other : most
    }
    for (let n = 2; n <= given; n++) {
      const other = checkNumber(lua, arguments[n - 1], n, given)
      if (other > most) most = other
    }
    return most
  })

  define('min', function (a?: LuaValue, b?: LuaValue) {
    const given = arguments.length
    let least = checkNumber(lua, a, 1, given)
    if (given === 2) {
      const other = checkNumber(lua, b, 2, given)
      return other < least ? other : least
    }
    for (let n = 2; n <= given; n++) {
      const other = checkNumber(lua, arguments[n - 1], n, given)
      if (other < least) least = other
    }
    return least
  })

  define('random', function (a?: LuaValue, b?: LuaValue) {
    const given = arguments.length
    // Drawn first, whatever comes of the arguments.
    const part = (random.next() % MAX_RANDOM) / MAX_RANDOM
    if (given === 0) return part
    if (given === 1) {
      const most = checkInt(lua, a, 1, given)
      if (most < 1) lua.argumentError(1, 'interval is empty')
      return Math.floor(part * most) + 1
    }
    if (given !== 2) return lua.error('wrong number of arguments')
    const least = checkInt(lua, a, 1, given)
    const most = checkInt(lua, b, 2, given)
    if (least > most) lua.argumentError(2, 'interval is empty')
    // The size is a C int, and may overflow as one.
    return Math.floor(part * ((most - least + 1) | 0)) + least
  })

  define('randomseed', function (n?: LuaValue) {
    random.seed(checkInt(lua, n, 1, arguments.length))
    return []
  })

  library.setString('pi', Math.PI)
  library.setString('huge', Infinity)
  lua.globals.setString('math', library)
}

/** A number as a part from a half up to one, and a power of two. */
function takeApart(x: number): [number, number] {
  if (x === 0 || x - x !== 0) return [x, 0]
  // Scaled, so that the smallest numbers have all their bits in front.
  let exponent = 0
  let size = Math.abs(x)
  if (size < 2 ** -1021) {
    size *= 2 ** 64
    exponent = -64
  }
  // The logarithm may be off by one beside a power of two.
  let step = Math.floor(Math.log2(size)) + 1
  let part = size / 2 ** (step - 1) / 2
  if (part >= 1) {
    part /= 2
    step++
  } else if (part < 0.5) {
    part *= 2
    step--
  }
  return [x < 0 ? -part : part, exponent + step]
}

/** x × 2^exponent, rounded once. */
function scale(x: number, exponent: number): number {
  const [part, own] = takeApart(x)
  if (part === 0 || part - part !== 0) return x
  const sum = Math.max(-1200, Math.min(1200, own + exponent))
  // Two steps of which only the last can leave the range of exact results.
  const half = sum >> 1
  return part * 2 ** half * 2 ** (sum - half)
}
