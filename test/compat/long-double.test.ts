/**
 * The pure functions whose answers must be those of C on x86-64, beside a real server: 80-bit sums
 * through INCRBYFLOAT, strtod through ZADD, and glob patterns through KEYS.
 *
 *     RESPITE_SEED=7 npx vitest run test/compat/long-double.test.ts
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatDouble, formatG17, parseDouble } from '../../src/util/float.ts'
import { isLiteralGlob, matchGlob } from '../../src/util/glob.ts'
import {
  addLongDouble,
  formatLongDouble,
  isFiniteLongDouble,
  parseLongDouble,
} from '../../src/util/long-double.ts'
import { Random } from '../../src/util/random.ts'
import { encodeRequest } from '../helpers/link.ts'
import { compareVersions, type Real, startReal } from '../helpers/real.ts'

const seed = Number(process.env.RESPITE_SEED ?? 20260101)
const random = new Random(seed)
let real: Real

beforeAll(async () => {
  real = await startReal()
})

afterAll(async () => {
  await real?.stop()
})

/** Sends all requests at once and gives back what each was answered, without the protocol. */
async function ask(requests: string[][]): Promise<string[]> {
  const answers: string[] = []
  for (let from = 0; from < requests.length; from += 500) {
    const some = requests.slice(from, from + 500)
    real.control.write(Buffer.concat(some.map(encodeRequest)))
    for (const request of some) {
      const reply = await real.control.next()
      if (reply === null) throw new Error(`no reply to ${request.join(' ')}`)
      const text = reply.toString('latin1')
      answers.push(text[0] === '$' ? text.slice(text.indexOf('\n') + 1, -2) : text.slice(0, -2))
    }
  }
  return answers
}

function digits(most: number): string {
  let text = ''
  for (let n = 1 + random.below(most); n > 0; n--) text += random.below(10)
  return text
}

function pick<T>(...choices: T[]): T {
  return choices[random.below(choices.length)] as T
}

/** Numbers of all kinds, and now and then what only looks like one. */
function numeral(): string {
  const sign = pick('', '', '', '-', '-', '+')
  switch (random.below(12)) {
    case 0:
      return `${sign}${digits(25)}`
    case 1:
    case 2:
      return `${sign}${digits(6)}.${digits(4)}`
    case 3:
      return `${sign}${digits(20)}.${digits(25)}`
    case 4:
      return `${sign}${digits(4)}.${digits(8)}${pick('e', 'E')}${pick('', '-', '+')}${digits(2)}`
    case 5:
      return `${sign}${digits(3)}e${pick('-', '')}${random.below(5100)}`
    case 6:
      return `${sign}${pick('0x', '0X')}${random.hex(1 + random.below(20))}`
    case 7: {
      const power = pick('', `p${pick('-', '+', '')}${random.below(pick(70, 1200, 17000))}`)
      return `${sign}0x${random.hex(1 + random.below(12))}.${random.hex(1 + random.below(12))}${power}`
    }
    case 8: {
      // Halves of the last place, where rounding is decided.
      const n = (1n << 63n) + BigInt(random.below(2 ** 53)) * 1024n
      return `${sign}${n * 2n + BigInt(random.below(4))}${pick('', '.5', '.25', '.50000001')}`
    }
    case 9:
      return `${sign}${(random.float() - 0.5) * 10 ** (random.below(40) - 20)}`
    case 10:
      return `${sign}${random.below(2 ** 50)}.${pick('5', '25', '75', '125', '0625')}`
    default:
      return pick(
        ...[
          '',
          ' 1',
          '1 ',
          '1e',
          '.',
          '5.',
          '.5',
          '-.5',
          '+-1',
          '1.2.3',
          '0x',
          '0x.',
          '0x1p',
          '--1',
        ],
        ...[
          'inf',
          '-inf',
          '+Infinity',
          'INF',
          'infin',
          'nan',
          'NaN',
          '-nan',
          'nan(1)',
          '1\0',
          '1_0',
        ],
        ...['-0', '+0', '0.0', '-0.0', '00012', '1e400', '1e-400', '1e4932', '1e4933', '2e4932'],
        ...['1.18973149535723176502e4932', '1.18973149535723176508e4932', '3.6e-4951', '1e-4952'],
        ...[
          '1.8e-4951',
          '0e99999',
          '0e-99999',
          '0x0p99999',
          '0x1p16383',
          '0x1p16384',
          '0x1p-16445',
        ],
        ...['0x1p-16446', '0x1.8p-16446', '0x1p-16447', '9'.repeat(40), `0.${'0'.repeat(30)}1`],
        ...[
          `1${'0'.repeat(5000)}`,
          `0.${'1'.repeat(5200)}`,
          '1,5',
          '1e+',
          '1e-',
          'e5',
          '1d5',
          '1f',
        ],
      )
  }
}

test('INCRBYFLOAT gives the same bytes', async () => {
  const pairs = Array.from({ length: 30_000 }, () => [numeral(), numeral()] as const)
  const requests = pairs.flatMap(([value, by]) => [
    ['SET', 'k', value],
    ['INCRBYFLOAT', 'k', by],
  ])
  const answers = await ask(requests)
  pairs.forEach(([value, by], i) => {
    expect({ value, by, sum: increment(value, by) }).toEqual({
      value,
      by,
      sum: answers[2 * i + 1],
    })
  })
})

function increment(value: string, by: string): string {
  const a = parseLongDouble(value)
  const b = parseLongDouble(by)
  if (a === undefined || b === undefined) return '-ERR value is not a valid float'
  const sum = addLongDouble(a, b)
  if (!isFiniteLongDouble(sum)) return '-ERR increment would produce NaN or Infinity'
  return formatLongDouble(sum)
}

test('a long chain of sums stays the same', async () => {
  const steps = Array.from({ length: 3000 }, () => `${pick('', '-')}${digits(5)}.${digits(9)}`)
  const answers = await ask([['DEL', 'k'], ...steps.map((step) => ['INCRBYFLOAT', 'k', step])])
  let value = '0'
  steps.forEach((step, i) => {
    value = increment(value, step)
    expect(value).toBe(answers[i + 1])
  })
})

test('scores are read and printed as the server does', async () => {
  const texts = Array.from({ length: 30_000 }, numeral)
  // A fresh key each time: a score that is refused must not show the one before.
  const requests = texts.flatMap((text) => [
    ['DEL', 'z'],
    ['ZADD', 'z', 'NX', text, 'm'],
    ['ZSCORE', 'z', 'm'],
  ])
  const answers = await ask(requests)
  const format = compareVersions(real.version, '7.2.0') < 0 ? formatG17 : formatDouble
  texts.forEach((text, i) => {
    const n = parseDouble(text)
    // In a listpack negative zero becomes the integer 0.
    const printed = n === undefined ? '-ERR value is not a valid float' : format(n === 0 ? 0 : n)
    const theirs = (answers[3 * i + 1] as string).startsWith('-')
      ? answers[3 * i + 1]
      : answers[3 * i + 2]
    expect({ text, printed }).toEqual({ text, printed: theirs })
  })
})

test('doubles in commands print the same with all their digits', async () => {
  const numbers = Array.from({ length: 20_000 }, () => {
    const bytes = new DataView(new ArrayBuffer(8))
    bytes.setUint32(0, random.next32())
    bytes.setUint32(4, random.next32())
    const n = bytes.getFloat64(0)
    return Number.isNaN(n) ? 1125899906842624 + random.below(2 ** 40) + pick(0.25, 0.75) : n
  })
  const answers = await ask(
    numbers.flatMap((n) => [
      ['ZADD', 'z', `${n}`, 'm'],
      ['ZSCORE', 'z', 'm'],
    ]),
  )
  const format = compareVersions(real.version, '7.2.0') < 0 ? formatG17 : formatDouble
  numbers.forEach((n, i) => {
    expect(format(n)).toBe(answers[2 * i + 1])
  })
})

test('KEYS matches the same keys', async () => {
  const alphabet = ['a', 'b', 'c', 'A', 'B', '[', ']', '-', '^', '\\', '*', '?', '\xff', '\x80', '']
  const word = (most: number, ...more: string[]) => {
    let text = ''
    for (let n = random.below(most); n > 0; n--) text += pick(...alphabet, ...more)
    return text
  }
  const keys = new Set(Array.from({ length: 400 }, () => word(6)))
  keys.add('')
  await ask([['FLUSHALL'], ...[...keys].map((key) => ['SET', key, ''])])
  for (let i = 0; i < 6000; i++) {
    let pattern = word(7, '*', '?', '[a-c', '[^', ']', '[')
    // That one is not matched at all.
    if (pattern === '*') pattern = '**'
    real.control.write(encodeRequest(['KEYS', pattern]))
    const reply = ((await real.control.next()) as Buffer).toString('latin1')
    const theirs = [...reply.matchAll(/\$(\d+)\r\n/g)].map((found) => {
      const start = found.index + found[0].length
      return reply.slice(start, start + Number(found[1]))
    })
    const ours = [...keys].filter((key) => matchGlob(pattern, key))
    expect({ pattern, keys: ours.sort() }).toEqual({ pattern, keys: theirs.sort() })
    if (isLiteralGlob(pattern)) expect(ours).toEqual(keys.has(pattern) ? [pattern] : [])
  }
})

test('CONFIG GET ignores case the same way', async () => {
  const names = (await ask([['CONFIG', 'GET', 'maxmemory']])).length
  expect(names).toBe(1)
  const config = [...(await real.config()).keys()]
  const letters = [
    'm',
    'a',
    'x',
    '-',
    'M',
    'A',
    'e',
    '*',
    '*',
    '?',
    '[A-Z]',
    '[^A-M]',
    '[Z-a]',
    '\\M',
  ]
  for (let i = 0; i < 1500; i++) {
    let pattern = '*'
    for (let n = 1 + random.below(5); n > 0; n--) pattern += pick(...letters)
    real.control.write(encodeRequest(['CONFIG', 'GET', pattern]))
    const reply = ((await real.control.next()) as Buffer).toString('latin1')
    const ours = config.filter((name) => matchGlob(pattern, name, true))
    expect({ pattern, found: Number(/^\*(\d+)/.exec(reply)?.[1]) }).toEqual({
      pattern,
      found: 2 * ours.length,
    })
  }
})
