/**
 * What every store promises, as a suite. It uses nothing of Node, so that it runs in browsers too.
 *
 * A harness knows how to make the same data set again: `store()` is another store on it, as a new
 * process or page would have one (the earlier one is not told), `wipe` removes it.
 *
 * Some stores can be had by one owner at a time, whatever the next one says: its handles keep all others out. Then
 * nobody overtakes an owner that lives, which has cases of its own; `expel` takes away what the owner
 * has in its hands, as happens to one that died, or whose platform has dropped it, and
 * from there on the same holds as for all others.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FencedError, StoreError } from '../../src/persistence/errors.ts'
import { makeRecord } from '../../src/persistence/record.ts'
import type { Area, Store } from '../../src/persistence/store.ts'

export interface Harness {
  store(): Store
  wipe(): Promise<void>
  /** Where an owner keeps others out: its handles are closed without its knowing. */
  expel?(): void
}

export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))
export const record = (sequence: number, text = 'x', epoch = 1): Uint8Array =>
  makeRecord('J', sequence, epoch, bytes(text))

/** All bytes of an area, as a string. */
export async function contents(store: Store, area: Area): Promise<string> {
  let all = ''
  for await (const piece of store.read(area)) {
    for (let i = 0; i < piece.bytes.length; i += 4096) {
      all += String.fromCharCode(...piece.bytes.subarray(i, i + 4096))
    }
  }
  return all
}

export const textOf = (...records: Uint8Array[]): string =>
  records.map((each) => String.fromCharCode(...each)).join('')

export async function failure(promise: Promise<unknown>): Promise<StoreError> {
  try {
    await promise
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError)
    return error as StoreError
  }
  throw new Error('expected a rejection')
}

export function storeContract(
  name: string,
  make: () => Promise<Harness>,
  { exclusive = false }: { exclusive?: boolean } = {},
): void {
  describe(`${name} store`, () => {
    let harness: Harness
    let store: Store
    const opened: Store[] = []

    /** Another owner, whatever the one before it is doing. */
    async function open(): Promise<Store> {
      harness.expel?.()
      const next = harness.store()
      await next.open()
      opened.push(next)
      return next
    }

    beforeEach(async () => {
      harness = await make()
      store = await open()
    })
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close().catch(() => {})
      await harness.wipe()
    })

    describe('owner', () => {
      it('has an epoch that rises with every claim, and knows a data set that is new', async () => {
        await store.close()
        const second = harness.store()
        opened.push(second)
        expect(await second.open()).toMatchObject({ epoch: 2, fresh: false })
        await second.close()
        const third = harness.store()
        opened.push(third)
        expect(await third.open()).toMatchObject({ epoch: 3, fresh: false })
        await third.destroy()
        const again = harness.store()
        opened.push(again)
        expect(await again.open()).toMatchObject({ epoch: 1, fresh: true, snapshotBytes: 0 })
      })

      it('is fenced off from every write once another one has claimed the data', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        const replacement = await store.replace(1)
        await replacement.write(bytes('late'))
        const second = await open()
        for (const call of [
          () => store.append(record(2, 'late'), 2, 'strict'),
          () => store.append(record(2, 'late'), 2, 'relaxed'),
          () => store.sync(),
          () => replacement.commit(),
          () => store.replace(2),
          () => store.destroy(),
          () => contents(store, 'journal'),
        ]) {
          const error = await failure(call().then(() => call.toString()))
          expect([error.code, error.retryable]).toEqual(['fenced', false])
          expect(error).toBeInstanceOf(FencedError)
          expect(error).toMatchObject({ epoch: 1, current: 2 })
        }
        expect(await contents(second, 'journal')).toBe(textOf(record(1, 'a')))
        expect(await contents(second, 'snapshot')).toBe('')
      })

      if (exclusive) {
        it('keeps others out as long as it lives, and is not disturbed by them', async () => {
          await store.append(record(1, 'a'), 1, 'strict')
          const replacement = await store.replace(1)
          const other = harness.store()
          opened.push(other)
          for (let i = 0; i < 2; i++) expect((await failure(other.open())).code).toBe('blocked')
          expect((await failure(other.sync())).code).toBe('closed')
          await store.append(record(2, 'b'), 2, 'strict')
          await replacement.write(bytes('snapshot'))
          await replacement.commit()
          await store.close()
          // Those who were refused have claimed nothing.
          expect(await other.open()).toMatchObject({ epoch: 2, fresh: false, snapshotBytes: 8 })
          expect(await contents(other, 'journal')).toBe(textOf(record(2, 'b')))
        })

        it('waits for one that is about to go', async () => {
          const other = harness.store()
          opened.push(other)
          const opening = other.open()
          await store.append(record(1, 'a'), 1, 'relaxed')
          await store.close()
          expect(await opening).toMatchObject({ epoch: 2, fresh: false })
          expect(await contents(other, 'journal')).toBe(textOf(record(1, 'a')))
        })

        it('goes on when its handles were closed under it and nobody has come', async () => {
          await store.append(record(1, 'a'), 1, 'relaxed')
          const replacement = await store.replace(1)
          await replacement.write(bytes('one '))
          for (const call of [
            () => store.append(record(2, 'b'), 2, 'strict'),
            () => store.append(record(3, 'c'), 3, 'relaxed'),
            () => store.sync(),
            () => contents(store, 'journal'),
            () => replacement.write(bytes('two')),
            () => replacement.commit(),
            () => store.append(record(4, 'd'), 4, 'strict'),
          ]) {
            harness.expel?.()
            await call()
          }
          harness.expel?.()
          expect(await contents(store, 'snapshot')).toBe('one two')
          harness.expel?.()
          const journal = [2, 3, 4].map((i) => textOf(record(i, 'abcd'.charAt(i - 1)))).join('')
          expect(await contents(store, 'journal')).toBe(journal)
          await store.close()
          const next = await open()
          expect(await contents(next, 'journal')).toBe(journal)
        })
      }

      it('that comes later sees all that was appended before, and its own, in order', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        const second = await open()
        await failure(store.append(record(2, 'not acknowledged'), 2, 'strict'))
        // Whatever that has left behind is nothing to the new owner.
        expect(await contents(second, 'journal')).toBe(textOf(record(1, 'a')))
        await second.append(record(2, 'b', 2), 2, 'strict')
        const third = await open()
        await third.append(record(3, 'c', 3), 3, 'strict')
        await third.close()
        expect(await contents(await open(), 'journal')).toBe(
          textOf(record(1, 'a')) + textOf(record(2, 'b', 2)) + textOf(record(3, 'c', 3)),
        )
      })
    })

    describe('journal', () => {
      it('gives back what was appended, in order and byte for byte', async () => {
        let expected = ''
        for (let i = 1; i <= 300; i++) {
          const next = record(i, `record ${i} \u0000\r\n\u00ff`)
          expected += textOf(next)
          await store.append(next, i, i % 3 === 0 ? 'strict' : 'relaxed')
        }
        expect(await contents(store, 'journal')).toBe(expected)
        await store.close()
        const again = await open()
        expect(await contents(again, 'journal')).toBe(expected)
        await again.append(record(301, 'more'), 301, 'strict')
        expect(await contents(again, 'journal')).toBe(expected + textOf(record(301, 'more')))
      })

      it('keeps records of every size whole', async () => {
        let expected = ''
        let sequence = 0
        for (const size of [0, 1, 65_536, 131_071, 131_072, 131_073, 1_000_000, 3_000_000]) {
          const payload = new Uint8Array(size)
          for (let i = 0; i < size; i++) payload[i] = (i * 7) >> 3
          const next = makeRecord('J', ++sequence, 1, payload)
          for (let i = 0; i < next.length; i += 4096) {
            expected += String.fromCharCode(...next.subarray(i, i + 4096))
          }
          await store.append(next, sequence, 'relaxed')
        }
        await store.sync()
        // Whole strings of some megabytes make a failure unreadable.
        expect((await contents(store, 'journal')) === expected).toBe(true)
      })

      it('does not care for the array behind a record', async () => {
        const room = new Uint8Array(1000).fill(120)
        const next = record(1, 'view')
        room.set(next, 100)
        await store.append(room.subarray(100, 100 + next.length), 1, 'strict')
        expect(await contents(store, 'journal')).toBe(textOf(next))
      })

      it('takes the same record again in place of the first try', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        await store.append(record(2, 'b'), 2, 'strict')
        expect((await contents(store, 'journal')).length).toBe(2 * record(1, 'a').length)
      })

      it('ends where it was cut, and goes on from there', async () => {
        for (let i = 1; i <= 5; i++) await store.append(record(i, `${i}`), i, 'strict')
        await store.close()
        const second = await open()
        let at = 0
        let from: { name: string; offset: number } | null = null
        const size = record(1, '1').length
        for await (const piece of second.read('journal')) {
          if (from === null && at + piece.bytes.length > 3 * size) {
            from = { name: piece.name, offset: piece.offset + 3 * size - at }
          }
          at += piece.bytes.length
        }
        expect(from).not.toBe(null)
        await second.cut(from?.name ?? '', from?.offset ?? 0)
        const prefix = [1, 2, 3].map((i) => textOf(record(i, `${i}`))).join('')
        expect(await contents(second, 'journal')).toBe(prefix)
        await second.append(record(4, 'new', 2), 4, 'strict')
        await second.close()
        expect(await contents(await open(), 'journal')).toBe(prefix + textOf(record(4, 'new', 2)))
      })
    })

    describe('snapshot', () => {
      it('is exchanged in one step, and takes the journal up to its point with it', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        await store.append(record(2, 'b'), 2, 'relaxed')
        const replacement = await store.replace(2)
        await replacement.write(bytes('first '))
        await store.append(record(3, 'c'), 3, 'relaxed')
        await replacement.write(bytes('second'))
        expect(await contents(store, 'snapshot')).toBe('')
        expect(await contents(store, 'journal')).toBe(
          textOf(record(1, 'a')) + textOf(record(2, 'b')) + textOf(record(3, 'c')),
        )
        await replacement.commit()
        await store.append(record(4, 'd'), 4, 'strict')
        const after = textOf(record(3, 'c')) + textOf(record(4, 'd'))
        expect(await contents(store, 'snapshot')).toBe('first second')
        expect(await contents(store, 'journal')).toBe(after)
        await store.close()
        const second = harness.store()
        opened.push(second)
        expect(await second.open()).toMatchObject({ snapshotBytes: 12, fresh: false })
        expect(await contents(second, 'snapshot')).toBe('first second')
        expect(await contents(second, 'journal')).toBe(after)
      })

      it('may cover records that are appended late or never', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        const replacement = await store.replace(3)
        await store.append(record(2, 'b'), 2, 'strict')
        await replacement.write(bytes('abc'))
        await replacement.commit()
        await store.append(record(3, 'c'), 3, 'strict')
        expect(await contents(store, 'journal')).toBe('')
        await store.append(record(4, 'd'), 4, 'strict')
        await store.close()
        const second = await open()
        expect(await contents(second, 'snapshot')).toBe('abc')
        expect(await contents(second, 'journal')).toBe(textOf(record(4, 'd')))
        // The point of the snapshot is remembered as well.
        await second.append(record(3, 'c'), 3, 'strict')
        expect(await contents(second, 'journal')).toBe(textOf(record(4, 'd')))
      })

      it('leaves everything as it was when it is given up, or when its writer dies', async () => {
        const first = await store.replace(0)
        await first.write(bytes('kept'))
        await first.commit()
        await store.append(record(1, 'a'), 1, 'strict')
        const second = await store.replace(1)
        await second.write(bytes('given up'))
        await store.append(record(2, 'b'), 2, 'strict')
        await second.abort()
        expect((await failure(second.write(bytes('x')))).code).toBe('closed')
        expect((await failure(second.commit())).code).toBe('closed')
        const third = await store.replace(2)
        await third.write(bytes('dead'))
        await store.append(record(3, 'c'), 3, 'strict')
        const journal = [1, 2, 3].map((i) => textOf(record(i, 'abc'.charAt(i - 1)))).join('')
        expect(await contents(store, 'snapshot')).toBe('kept')
        expect(await contents(store, 'journal')).toBe(journal)
        const heir = await open()
        expect(await contents(heir, 'snapshot')).toBe('kept')
        expect(await contents(heir, 'journal')).toBe(journal)
        const fourth = await heir.replace(3)
        await fourth.write(bytes('new'))
        await fourth.commit()
        expect(await contents(heir, 'snapshot')).toBe('new')
        expect(await contents(heir, 'journal')).toBe('')
      })

      it('drops a replacement when the next one begins', async () => {
        const first = await store.replace(0)
        await first.write(bytes('first'))
        const second = await store.replace(0)
        await second.write(bytes('second'))
        expect((await failure(first.commit())).code).toBe('closed')
        await second.commit()
        expect(await contents(store, 'snapshot')).toBe('second')
      })

      it('may be empty, and replaces a full one', async () => {
        for (const text of ['full', '']) {
          const replacement = await store.replace(0)
          if (text !== '') await replacement.write(bytes(text))
          await replacement.commit()
          expect(await contents(store, 'snapshot')).toBe(text)
        }
      })

      it('keeps chunks of more than a megabyte whole', async () => {
        const replacement = await store.replace(0)
        let expected = ''
        for (const size of [1_048_576, 2_500_000, 5]) {
          const chunk = new Uint8Array(size).fill(97 + (size % 26))
          expected += String.fromCharCode(97 + (size % 26)).repeat(size)
          await replacement.write(chunk)
        }
        await replacement.commit()
        expect((await contents(store, 'snapshot')) === expected).toBe(true)
      })
    })

    describe('the end', () => {
      it('refuses everything after close, and may be closed twice', async () => {
        await store.close()
        await store.close()
        for (const call of [
          () => store.append(record(1, 'a'), 1, 'strict'),
          () => store.sync(),
          () => store.replace(0),
          () => contents(store, 'journal'),
        ]) {
          const error = await failure(call().then(() => call.toString()))
          expect([error.code, error.retryable]).toEqual(['closed', false])
        }
      })

      it('may be opened again by the same object', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        await store.close()
        expect(await store.open()).toMatchObject({ epoch: 2, fresh: false })
        await store.append(record(2, 'b', 2), 2, 'strict')
        expect(await contents(store, 'journal')).toBe(
          textOf(record(1, 'a')) + textOf(record(2, 'b', 2)),
        )
      })

      it('leaves nothing behind when it is destroyed', async () => {
        await store.append(record(1, 'a'), 1, 'strict')
        const replacement = await store.replace(1)
        await replacement.write(bytes('snapshot'))
        await replacement.commit()
        await store.append(record(2, 'b'), 2, 'strict')
        await store.destroy()
        const second = harness.store()
        opened.push(second)
        expect(await second.open()).toMatchObject({ epoch: 1, fresh: true })
        expect(await contents(second, 'snapshot')).toBe('')
        expect(await contents(second, 'journal')).toBe('')
      })
    })

    it('keeps backups beside the data, by name, complete and in order', async () => {
      const place = store.backups
      if (place === undefined || place === null) return expect.unreachable('there is no place')
      expect(await place.list()).toEqual([])
      await place.append('a', bytes('one '))
      await place.append('a', bytes('two'))
      const names = [await place.finish('a'), await place.finish('empty')]
      expect((await place.list()).sort()).toEqual(names)
      await place.remove('empty')
      await place.remove('never there')
      expect(await place.list()).toEqual([names[0]])
      await place.clear()
      expect(await place.list()).toEqual([])
      expect(await contents(store, 'journal')).toBe('')
    })

    it('answers an estimate and whether it may stay', async () => {
      const { usage, quota } = await store.estimate()
      expect([usage === null || usage >= 0, quota === null || quota >= 0]).toEqual([true, true])
      expect(typeof (await store.persist())).toBe('boolean')
    })
  })
}
