/**
 * Damaged and invented files of every format: each is refused with a `TransferError`, or taken; nothing
 * hangs, nothing else is thrown, and no memory is claimed that the bytes do not account for. What was there
 * is untouched when it is refused.
 *
 *     ROUNDS=100000 SEED=7 npx vitest run test/unit/transfer/fuzz.test.ts
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { EffectReader, MalformedPayload } from '../../../src/persistence/effects.ts'
import type { StoreError } from '../../../src/persistence/errors.ts'
import { makeRecord, RecordReader } from '../../../src/persistence/record.ts'
import { startEngine } from '../../../src/runtimes/engine.ts'
import { nodePlatform } from '../../../src/runtimes/node/platform.ts'
import { exportData } from '../../../src/transfer/export.ts'
import { importAofFolder, importData } from '../../../src/transfer/import.ts'
import { NOWHERE } from '../../../src/transfer/scratch.ts'
import { TransferError, type TransferFormat } from '../../../src/transfer/types.ts'
import { crc64 } from '../../../src/util/crc.ts'
import { Random } from '../../../src/util/random.ts'
import { corpus } from '../../helpers/corpus.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 150)
const SEED = Number(process.env.SEED ?? 1)
/** A round that takes longer hangs; the largest file takes a few milliseconds. */
const PATIENCE_MS = 20_000
/** LZF makes 88 bytes of one, and those are strings and their places afterwards. */
const MOST_GROWTH = 512 * 1024 * 1024

const FORMATS: readonly TransferFormat[] = ['rdb', 'aof', 'resp', 'json']

function engineWith(requests: readonly (readonly string[])[]): Engine {
  const engine = startEngine({ platform: nodePlatform() })
  engine.stop()
  const client = engine.connect(NOWHERE)
  for (const request of requests) engine.execute(client, request)
  engine.disconnect(client)
  return engine
}

const small = corpus('8.6', SEED, 40).filter((request) => request.join('').length < 5000)

async function seeds(): Promise<{ format: TransferFormat; bytes: Uint8Array }[]> {
  const all: { format: TransferFormat; bytes: Uint8Array }[] = []
  for (let part = 0; part < 4; part++) {
    const engine = engineWith(small.filter((_, i) => i % 4 === part))
    for (const format of FORMATS) {
      const pieces: Uint8Array[] = []
      for await (const piece of exportData(engine, { format, preamble: part % 2 === 0 })) {
        pieces.push(piece.slice())
      }
      all.push({ format, bytes: new Uint8Array(Buffer.concat(pieces)) })
    }
  }
  return all
}

class Damage {
  private readonly random: Random

  constructor(seed: number) {
    this.random = new Random(Uint8Array.from({ length: 16 }, (_, i) => (seed >> (i % 4)) + i))
  }

  below(n: number): number {
    return this.random.next32() % Math.max(1, n)
  }

  /** A few changes of the kinds that happen, and of those that somebody would try. */
  of(bytes: Uint8Array): Uint8Array {
    let changed = bytes.slice()
    for (let left = 1 + this.below(4); left > 0; left--) {
      const at = this.below(changed.length)
      switch (this.below(7)) {
        case 0:
          changed[at] = this.below(256)
          break
        case 1:
          changed[at] = (changed[at] as number) ^ (1 << this.below(8))
          break
        case 2:
          changed = changed.slice(0, at)
          break
        case 3: {
          const end = at + this.below(64)
          changed = joined(changed.subarray(0, at), changed.subarray(end))
          break
        }
        case 4:
          changed = joined(
            changed.subarray(0, at),
            Uint8Array.from({ length: this.below(16) }, () => this.below(256)),
            changed.subarray(at),
          )
          break
        case 5:
          // Lengths of gigabytes.
          changed = joined(
            changed.subarray(0, at),
            Uint8Array.of(0x81, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff),
            changed.subarray(at + 1),
          )
          break
        default: {
          const from = this.below(changed.length)
          const piece = changed.slice(from, from + this.below(200))
          changed = joined(changed.subarray(0, at), piece, changed.subarray(at))
        }
      }
    }
    return changed
  }

  /** With the checksum made right, so that it is not that which finds the damage. */
  sealed(bytes: Uint8Array): Uint8Array {
    if (bytes.length < 17) return bytes
    const at = bytes.length - 8
    const { low, high } = crc64(bytes, 0, at)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    view.setUint32(at, low, true)
    view.setUint32(at + 4, high, true)
    return bytes
  }
}

const joined = (...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(pieces))

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('whatever the bytes', () => {
  it(`imports are refused or taken: ${ROUNDS} rounds`, async () => {
    const damage = new Damage(SEED)
    const files = await seeds()
    const before = process.memoryUsage().rss
    let refused = 0
    let taken = 0
    for (let round = 0; round < ROUNDS; round++) {
      const file = files[round % files.length] as (typeof files)[number]
      const changed = damage.of(file.bytes)
      const bytes = file.format === 'rdb' && round % 3 > 0 ? damage.sealed(changed) : changed
      const engine = engineWith([['SET', 'there', '1']])
      const started = performance.now()
      const repair = damage.below(3) === 0
      try {
        await importData(engine, cut(bytes, 1 + damage.below(5000)), {
          format: file.format,
          repair,
        })
        taken++
      } catch (error) {
        if (!(error instanceof TransferError)) {
          throw new Error(`round ${round}, seed ${SEED}: ${String(error)}`, { cause: error })
        }
        expect(error.reason).not.toBe('')
        if (file.format !== 'resp') expect(engine.keyspace.size).toBe(1)
        refused++
      }
      expect(engine.loading).toBe(false)
      expect(performance.now() - started, `round ${round} hangs`).toBeLessThan(PATIENCE_MS)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH)
    expect(refused).toBeGreaterThan(ROUNDS / 10)
    expect(taken).toBeGreaterThan(ROUNDS / 20)
  }, 3_600_000)

  it('manifests are refused or read', async () => {
    const good = 'file a seq 1 type b\nfile i seq 2 type i\nfile "h x" seq 3 type h\n'
    const damage = new Damage(SEED)
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = damage.of(Buffer.from(good))
      const engine = engineWith([])
      const files = [
        { name: 'm.manifest', size: 0, open: () => [bytes] },
        ...['a', 'i'].map((name) => ({ name, size: 0, open: () => [] })),
      ]
      await importAofFolder(engine, files).catch((error: unknown) => {
        expect(error).toBeInstanceOf(TransferError)
      })
    }
  })

  it('records of a store are read, or what is wrong with them is said', async () => {
    const damage = new Damage(SEED)
    const payload = Buffer.from(
      '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n',
    )
    const records = joined(
      ...[1, 2, 3].map((sequence) => makeRecord('J', sequence, 1, new Uint8Array(payload))),
    )
    for (let round = 0; round < 10 * ROUNDS; round++) {
      const bytes = damage.of(records)
      const pieces = (async function* () {
        for (const piece of cut(bytes, 1 + damage.below(300))) {
          yield { name: 'x', offset: 0, bytes: piece }
        }
      })()
      const reader = new RecordReader('journal', pieces, 1)
      try {
        for (;;) {
          const record = await reader.next()
          if (record === null) break
          const effects = new EffectReader(record.payload)
          while (effects.next() !== null);
        }
      } catch (error) {
        if (error instanceof MalformedPayload) continue
        expect((error as StoreError).code).toBe('newer-format')
      }
    }
  })

  it('bytes that are of no format at all are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...FORMATS, undefined),
        fc.constantFrom(
          '',
          'REDIS0010',
          'REDIS0015',
          '{"format":"respite","version":1,"entries":[',
        ),
        async (bytes, format, head) => {
          const engine = engineWith([])
          const all = joined(Buffer.from(head), bytes)
          await importData(engine, [all], format === undefined ? {} : { format }).catch(
            (error: unknown) => {
              if (!(error instanceof TransferError)) throw error
            },
          )
        },
      ),
      { numRuns: ROUNDS, seed: SEED },
    )
  }, 3_600_000)
})
