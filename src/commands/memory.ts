/**
 * MEMORY: what keys and the engine cost.
 *
 * JavaScript does not tell how large an object is, so sizes are estimates from the lengths of what
 * is stored (`types/size.ts`). What the runtime knows of the whole heap is preferred where it does.
 * https://redis.io/docs/latest/commands/memory-usage/
 */
import { command, key } from '../core/command.ts'
import { syntaxError } from '../core/errors.ts'
import { Double, MapReply, OK, type Reply, Verbatim } from '../core/reply.ts'
import { entryBytes } from '../types/size.ts'
import { clientBytes, dataBytes, overheadBytes, usedBytes } from './footprint.ts'
import { helpOf } from './help.ts'

const USAGE = command('usage', {
  group: 'server',
  since: '4.0.0',
  summary: 'About how many bytes a key and its value take.',
  complexity: 'O(N) where N is the number of samples',
  syntax: 'key [SAMPLES count:integer]',
  arity: -3,
  flags: ['readonly'],
  keys: key(2, 'RO'),
  reply: 'number | null',
  run(c, args) {
    const name = args.next()
    while (args.more) {
      if (!args.take('SAMPLES')) throw syntaxError
      if (args.int() < 0) throw syntaxError
    }
    // Looking at its size is no use of a key.
    const index = c.at(name)
    return index < 0 ? null : entryBytes(name, c.db.valueAt(index))
  },
})

const DOCTOR = command('doctor', {
  group: 'server',
  since: '4.0.0',
  summary: 'Advice about memory.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  reply: 'string',
  run(c) {
    const used = usedBytes(c.engine)
    const limit = c.engine.config.int('maxmemory')
    if (used < 5 << 20) return new Verbatim('There is next to nothing in memory: no complaints.')
    if (limit > 0 && used > limit * 0.9) {
      return new Verbatim('More than nine tenths of maxmemory are in use.')
    }
    return new Verbatim('No problem with memory that could be seen from in here.')
  },
})

const MALLOC_STATS = command('malloc-stats', {
  group: 'server',
  since: '4.0.0',
  summary: 'What the allocator says of itself.',
  complexity: 'Depends on how much memory is allocated.',
  syntax: '',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  reply: 'string',
  run: () => new Verbatim('Memory belongs to the garbage collector, which keeps no statistics.'),
})

const PURGE = command('purge', {
  group: 'server',
  since: '4.0.0',
  summary: 'Ask the allocator to give memory back.',
  complexity: 'Depends on how much memory is allocated.',
  syntax: '',
  arity: 2,
  flags: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  reply: "'OK'",
  // The garbage collector does so unasked.
  run: () => OK,
})

const STATS = command('stats', {
  group: 'server',
  since: '4.0.0',
  summary: 'What takes how much memory.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  reply: 'Record<string, unknown>',
  run(c) {
    const { engine } = c
    const used = usedBytes(engine)
    const data = dataBytes(engine)
    const overhead = overheadBytes(engine)
    const keys = engine.keyspace.size
    const facts = engine.platform.describe?.()
    const resident = facts?.residentBytes ?? used
    const items: Reply[] = ['peak.allocated', engine.stats.peakMemory, 'total.allocated', used]
    items.push('startup.allocated', Math.max(0, used - data))
    items.push('replication.backlog', 0, 'replica.fullsync.buffer', 0)
    items.push('clients.slaves', clientBytes(engine, true))
    items.push('clients.normal', clientBytes(engine, false))
    const scripts = engine.scripting?.memory
    items.push('cluster.links', 0, 'aof.buffer', 0)
    items.push('lua.caches', scripts?.scripts ?? 0, 'functions.caches', scripts?.functions ?? 0)
    items.push('script.VMs', (scripts?.scriptMachine ?? 0) + (scripts?.functionMachine ?? 0))
    for (const db of engine.keyspace.databases) {
      if (db.size === 0) continue
      items.push(
        `db.${db.index}`,
        new MapReply([
          'overhead.hashtable.main',
          db.size * 40,
          'overhead.hashtable.expires',
          db.volatile * 16,
        ]),
      )
    }
    // A dictionary grows by small segments, which `overhead.hashtable.main` counts.
    items.push('overhead.db.hashtable.lut', 0, 'overhead.db.hashtable.rehashing', 0)
    items.push('overhead.total', overhead, 'db.dict.rehashing.count', 0, 'keys.count', keys)
    items.push('keys.bytes-per-key', keys === 0 ? 0 : Math.floor(data / keys))
    items.push('dataset.bytes', Math.max(0, data - overhead))
    items.push('dataset.percentage', percent(data - overhead, data))
    items.push('peak.percentage', percent(used, engine.stats.peakMemory))
    items.push('allocator.allocated', used, 'allocator.active', used)
    items.push('allocator.resident', resident, 'allocator.muzzy', 0)
    items.push('allocator-fragmentation.ratio', new Double(1), 'allocator-fragmentation.bytes', 0)
    items.push('allocator-rss.ratio', new Double(resident / Math.max(1, used)))
    items.push('allocator-rss.bytes', resident - used)
    items.push('rss-overhead.ratio', new Double(1), 'rss-overhead.bytes', 0)
    items.push('fragmentation', new Double(resident / Math.max(1, used)))
    items.push('fragmentation.bytes', resident - used)
    return new MapReply(items)
  },
})

const percent = (part: number, whole: number): Double =>
  new Double(whole <= 0 ? 0 : (Math.max(0, part) * 100) / whole)

const HELP = command('help', {
  group: 'server',
  since: '4.0.0',
  summary: 'What the subcommands of MEMORY do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('MEMORY', [
      ['DOCTOR', 'Look for trouble with memory.'],
      ['MALLOC-STATS', 'Show what the allocator says of itself.'],
      ['PURGE', 'Ask the allocator to give memory back.'],
      ['STATS', 'Show what takes how much.'],
      ['USAGE <key> [SAMPLES <count>]', 'Estimate what a key and its value take, in bytes.'],
    ]),
})

export const MEMORY = command('memory', {
  group: 'server',
  since: '4.0.0',
  summary: 'What keys and the server cost in memory.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [DOCTOR, HELP, MALLOC_STATS, PURGE, STATS, USAGE],
  reply: 'unknown',
})
