/**
 * LOLWUT: a picture and the version, no two pictures alike.
 *
 * Ours is a shore at night: ranges of hills, one before the other, under a moon and some stars. Each
 * range is a sum of three waves with random phases; the nearer, the lower and the rougher. It is
 * drawn in Braille, eight dots to a character.
 */
import { command } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { notAnInteger } from '../core/errors.ts'
import { Verbatim } from '../core/reply.ts'
import { encodeUtf8 } from '../util/bytes.ts'
import { REDIS_VERSION } from '../version.ts'

const RANGES = 3
const MOST_COLUMNS = 200
const MOST_ROWS = 80
/** The dots of a Braille character: bits by row, then column. */
const DOTS = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]

class Canvas {
  readonly width: number
  readonly height: number
  private readonly dots: Uint8Array

  constructor(columns: number, rows: number) {
    this.width = columns * 2
    this.height = rows * 4
    this.dots = new Uint8Array(this.width * this.height)
  }

  set(x: number, y: number, on: boolean): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return
    this.dots[y * this.width + x] = on ? 1 : 0
  }

  toString(): string {
    let text = ''
    for (let y = 0; y < this.height; y += 4) {
      for (let x = 0; x < this.width; x += 2) {
        let bits = 0
        for (let i = 0; i < 8; i++) {
          if (this.dots[(y + (i >> 1)) * this.width + x + (i & 1)]) bits |= DOTS[i] as number
        }
        text += String.fromCharCode(0x2800 + bits)
      }
      text += '\n'
    }
    return text
  }
}

function draw(c: Context, columns: number, rows: number): string {
  const { random } = c.engine
  const canvas = new Canvas(columns, rows)
  const { width, height } = canvas
  for (let i = 0; i < (width * height) / 150; i++) {
    canvas.set(random.below(width), random.below(height), true)
  }
  const radius = Math.max(2, Math.floor(height / 7))
  const moonX = radius + random.below(Math.max(1, width - 2 * radius))
  const moonY = radius + random.below(Math.max(1, Math.floor(height / 4)))
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      if (x * x + y * y <= radius * radius) canvas.set(moonX + x, moonY + y, true)
    }
  }
  for (let range = 0; range < RANGES; range++) {
    const waves = [1, 2.3, 5.1].map((step) => ({
      length: (step * (range + 2) * Math.PI) / width,
      phase: random.float() * 2 * Math.PI,
      swing: (height * (0.5 - range * 0.1)) / (RANGES * step),
    }))
    const middle = height * (0.55 + range * 0.17)
    for (let x = 0; x < width; x++) {
      let top = middle
      for (const { length, phase, swing } of waves) top += swing * Math.sin(x * length + phase)
      const crest = Math.round(top)
      for (let y = crest; y < height; y++) {
        // The nearer range hides the farther one, and is darker.
        canvas.set(x, y, y === crest || (y - crest) % (range + 2) === 0)
      }
    }
  }
  return canvas.toString()
}

export const LOLWUT = command('lolwut', {
  group: 'server',
  since: '5.0.0',
  summary: 'A picture made for the occasion, and the version of the server.',
  complexity: 'O(N) where N is the size of the picture',
  syntax: '[VERSION version:integer]',
  arity: -1,
  flags: ['readonly', 'fast'],
  reply: 'string',
  run(c, args) {
    // Any version is welcome: we have one artist. Numbers behind it are columns and rows.
    const versioned = args.left > 1 && args.take('VERSION')
    if (versioned) args.integer()
    const size = [60, 12]
    for (let i = 0; versioned && args.more && i < 2; i++) {
      const n = args.integer(notAnInteger)
      const most = i === 0 ? MOST_COLUMNS : MOST_ROWS
      size[i] = Math.min(most, Math.max(1, Number(n)))
    }
    const picture = draw(c, size[0] as number, size[1] as number)
    return new Verbatim(encodeUtf8(`${picture}\nRedis ver. ${REDIS_VERSION}\n`))
  },
})
