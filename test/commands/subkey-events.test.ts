import { describe, expect, it } from 'vitest'
import type { Push } from '../../src/core/reply.ts'
import { type Run, run } from '../helpers/run.ts'

/** Switch events on and listen to all channels: `channel message` of what came since the last call. */
function listen(r: Run, letters: string): () => string[] {
  r(['CONFIG', 'SET', 'notify-keyspace-events', letters])
  const client = r.client()
  client('PSUBSCRIBE __*')
  return () =>
    client.pushes.splice(0).map((push) => ((push as Push).items as string[]).slice(2).join(' '))
}

describe('notify-keyspace-events', () => {
  it.each([
    ['STIVh', 'hSTIV'],
    ['VISTAKE', 'AKESTIV'],
    ['g$lshzxetda', 'A'],
    ['g$lshzxetd', 'g$lshzxetd'],
    ['aE', 'aE'],
  ])('takes %s and answers %s', (given, kept) => {
    const r = run()
    r(['CONFIG', 'SET', 'notify-keyspace-events', given])
    expect(r('CONFIG GET notify-keyspace-events')).toMatchObject({
      items: ['notify-keyspace-events', kept],
    })
  })

  it('names all letters when it gets another one', () => {
    expect(run()('CONFIG SET notify-keyspace-events Q')).toMatchObject({
      message: expect.stringMatching(
        /Invalid event class character. Use 'Ag\$lshzxeKEtmdnocaSTIV'/,
      ),
    })
  })
})

describe('events of fields', () => {
  it('come on four kinds of channels, behind those of the key', () => {
    const r = run()
    const events = listen(r, 'hKESTIV')
    r('HSET k a 1 bb 2')
    expect(events()).toEqual([
      '__keyspace@0__:k hset',
      '__keyevent@0__:hset k',
      '__subkeyspace@0__:k hset|1:a,2:bb',
      '__subkeyevent@0__:hset 1:k|1:a,2:bb',
      '__subkeyspaceitem@0__:k\na hset',
      '__subkeyspaceitem@0__:k\nbb hset',
      '__subkeyspaceevent@0__:hset|k 1:a,2:bb',
    ])
  })

  it.each([
    ['S', '__subkeyspace@0__:k hset|1:a'],
    ['T', '__subkeyevent@0__:hset 1:k|1:a'],
    ['I', '__subkeyspaceitem@0__:k\na hset'],
    ['V', '__subkeyspaceevent@0__:hset|k 1:a'],
  ])('%s switches one kind on', (letter, event) => {
    const r = run()
    const events = listen(r, `h${letter}`)
    r('HSET k a 1')
    expect(events()).toEqual([event])
  })

  it('need the class of hashes, and are silent about whole keys', () => {
    const r = run()
    const without = listen(r, 'STIV')
    r('HSET k a 1')
    expect(without()).toEqual([])
    const events = listen(r, 'ASTIV')
    r('SET s x')
    r('DEL k')
    r('SADD m a')
    expect(events()).toEqual([])
  })

  it('tell the database', () => {
    const r = run()
    const events = listen(r, 'hSTIV')
    r('SELECT 3')
    r('HSETNX k a 1')
    expect(events()).toEqual([
      '__subkeyspace@3__:k hset|1:a',
      '__subkeyevent@3__:hset 1:k|1:a',
      '__subkeyspaceitem@3__:k\na hset',
      '__subkeyspaceevent@3__:hset|k 1:a',
    ])
  })

  it('a key with a line break has no channel of single fields', () => {
    const r = run()
    const events = listen(r, 'hIT')
    r(['HSET', 'a\nb', 'f|,', '1'])
    expect(events()).toEqual(['__subkeyevent@0__:hset 3:a\nb|3:f|,'])
  })
})

describe('the fields that an event names', () => {
  const start = (): { r: Run; events: () => string[] } => {
    const r = run()
    r('HSET k a 1 b 2 c 3')
    r('HSETEX t PX 10 FIELDS 2 x 1 y 2')
    r('HSET t z 3')
    const all = listen(r, 'hgKS')
    // Fields where they are told, and the bare event of the key where there are none.
    const events = (): string[] => {
      const list = all()
      return list
        .filter((event, i) => /^__sub/.test(event) || !/^__sub/.test(list[i + 1] ?? ''))
        .map((event) => event.replace(/^__(sub)?keyspace@0__:/, ''))
    }
    return { r, events }
  }

  it.each([
    ['HSET k a 2 d 3 a 4', ['k hset|1:a,1:d,1:a']],
    ['HMSET k a 2', ['k hset|1:a']],
    ['HSETNX k a 2', []],
    ['HSETNX k d 2', ['k hset|1:d']],
    ['HINCRBY k a 2', ['k hincrby|1:a']],
    ['HINCRBYFLOAT k a 2', ['k hincrbyfloat|1:a']],
    ['HDEL k a no a', ['k hdel|1:a']],
    ['HDEL k a b c', ['k hdel|1:a,1:b,1:c', 'k del']],
    ['HGETDEL k FIELDS 2 a no', ['k hdel|1:a']],
    ['HEXPIRE k 10 FIELDS 3 a no b', ['k hexpire|1:a,1:b']],
    ['HEXPIRE k 10 XX FIELDS 1 a', []],
    ['HPEXPIRE k 0 FIELDS 2 a b', ['k hdel|1:a,1:b']],
    ['HPERSIST t FIELDS 3 x no z', ['t hpersist|1:x']],
    ['HGETEX k FIELDS 1 a', []],
    ['HGETEX k EX 10 FIELDS 2 a no', ['k hexpire|1:a']],
    ['HGETEX k PX 0 FIELDS 1 a', ['k hdel|1:a']],
    ['HGETEX t PERSIST FIELDS 2 z x', ['t hpersist|1:x']],
    ['HSETEX k FIELDS 2 a 1 d 2', ['k hset|1:a,1:d']],
    ['HSETEX k EX 9 FIELDS 2 a 1 d 2', ['k hset|1:a,1:d', 'k hexpire|1:a,1:d']],
    ['HSETEX k PX 0 FIELDS 1 a 1', ['k hset|1:a', 'k hdel|1:a']],
    ['HSETEX k FXX FIELDS 2 a 1 no 1', []],
  ])('%s', (line, expected) => {
    const { r, events } = start()
    r(line)
    expect(events()).toEqual(expected)
  })

  it('HIMPORT SET names its fields in their own order', () => {
    const { r, events } = start()
    r('HIMPORT PREPARE f cc b a')
    r('HIMPORT SET k f 1 2 3')
    expect(events()).toEqual(['k hset|1:a,1:b,2:cc'])
  })

  it.each([
    ['HGET t y', ['t hexpired|1:y']],
    ['HMGET t x z y', ['t hexpired|1:x,1:y']],
    ['HGETDEL t FIELDS 2 x z', ['t hexpired|1:x', 't hdel|1:z']],
    ['HGETEX t EX 10 FIELDS 2 x z', ['t hexpired|1:x', 't hexpire|1:z']],
    ['HEXPIRE t 10 FIELDS 2 x z', ['t hexpired|1:x', 't hexpire|1:z']],
    ['HSETEX t FNX FIELDS 1 x 1', ['t hexpired|1:x', 't hset|1:x']],
    ['HSETEX t FXX FIELDS 1 x 1', ['t hexpired|1:x']],
    ['HINCRBY t x 1', ['t hexpired|1:x', 't hincrby|1:x']],
  ])('after their time: %s', (line, expected) => {
    const { r, events } = start()
    // Without the cron, which would have been there first.
    r.clock += 10
    r(line)
    expect(events()).toEqual(expected)
  })

  it('all fields that the cron finds expired are in one event, and the key may go with them', () => {
    const { r, events } = start()
    r('HDEL t z')
    expect(events()).toEqual(['t hdel|1:z'])
    r.clock += 200
    expect(events().map((event) => event.replace('1:y,1:x', '1:x,1:y'))).toEqual([
      't hexpired|1:x,1:y',
      't del',
    ])
  })
})
