/**
 * XGROUP: making and removing consumer groups and their consumers.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  entriesReadNegative,
  groupExists,
  groupNeedsKey,
  noGroupOfKey,
  wrongSubcommand,
} from '../core/errors.ts'
import { OK } from '../core/reply.ts'
import { Stream } from '../types/stream.ts'
import { type Group, UNKNOWN_READS } from '../types/stream-group.ts'
import { MIN_ID, type StreamId } from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import { helpOf } from './help.ts'
import { anyIdOf, idOf } from './stream-args.ts'
import { announceConsumer, announceGroup } from './stream-change.ts'

const syntax = (args: Args): never => {
  throw wrongSubcommand('xgroup', args.argv[1] as string)
}

interface Options {
  readonly create: boolean
  readonly entriesRead: Integer
}

function parseOptions(args: Args, canCreate: boolean): Options {
  let create = false
  let entriesRead: Integer = UNKNOWN_READS
  while (args.more) {
    if (canCreate && args.take('MKSTREAM')) create = true
    else if (args.left > 1 && args.take('ENTRIESREAD')) {
      entriesRead = args.integer()
      if (entriesRead < 0 && entriesRead !== UNKNOWN_READS) throw entriesReadNegative
    } else syntax(args)
  }
  return { create, entriesRead }
}

/** Nobody has read more entries than there ever were. */
function bounded(entriesRead: Integer, stream: Stream | undefined): Integer {
  const most = stream?.entriesAdded ?? 0
  return entriesRead > most ? most : entriesRead
}

function existing(c: Context, key: string): Stream {
  const stream = c.write(key, STREAM)
  if (stream === undefined) throw groupNeedsKey
  return stream
}

function existingGroup(stream: Stream, key: string, name: string): Group {
  const group = stream.groups.get(name)
  if (group === undefined) throw noGroupOfKey(key, name)
  return group
}

const grouping = {
  group: 'stream',
  since: '5.0.0',
  complexity: 'O(1)',
  flags: ['write'],
  categories: ['stream'],
} as const

const create = command('create', {
  ...grouping,
  summary: 'Make a consumer group.',
  syntax: 'key group {id-selector: id | new-id=$} [MKSTREAM] [ENTRIESREAD entriesread:integer]',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: key(2, 'RW', 'insert'),
  history: [['7.0.0', 'ENTRIESREAD says how many entries the group has read.']],
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const name = args.next()
    const text = args.next()
    const options = parseOptions(args, true)
    let stream = options.create ? c.write(key, STREAM) : existing(c, key)
    if (args.argv.length > 8) syntax(args)
    let id: StreamId
    if (text === '$') id = stream === undefined ? MIN_ID : stream.lastId
    else id = idOf(text)
    if (stream?.groups.has(name)) throw groupExists
    if (stream === undefined) {
      stream = new Stream(c.engine.keyspace.streamLimits)
      c.insert(key, stream)
      c.engine.keyChanged(c.db, key, c.client)
    }
    stream.addGroup(name, id, bounded(options.entriesRead, stream))
    announceGroup(c, 'xgroup-create', key)
    return OK
  },
})

const setid = command('setid', {
  ...grouping,
  summary: 'Set the ID behind which a group goes on reading.',
  syntax: 'key group {id-selector: id | new-id=$} [ENTRIESREAD entriesread:integer]',
  arity: -5,
  keys: key(2, 'RW', 'update'),
  history: [['7.0.0', 'ENTRIESREAD says how many entries the group has read.']],
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const name = args.next()
    const text = args.next()
    const { entriesRead } = parseOptions(args, false)
    const stream = existing(c, key)
    const group = existingGroup(stream, key, name)
    if (args.argv.length > 7) syntax(args)
    group.lastId = text === '$' ? stream.lastId : anyIdOf(text)
    group.entriesRead = bounded(entriesRead, stream)
    announceGroup(c, 'xgroup-setid', key)
    return OK
  },
})

const destroy = command('destroy', {
  ...grouping,
  summary: 'Remove a consumer group with all that it has pending.',
  complexity: 'O(N), N being the number of entries that are pending.',
  syntax: 'key group',
  arity: 4,
  keys: key(2, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (!existing(c, key).groups.delete(args.next())) return 0
    announceGroup(c, 'xgroup-destroy', key)
    // Whoever waits for this group is told that it is gone.
    c.engine.blocking.signal(c.db.index, key)
    return 1
  },
})

const createconsumer = command('createconsumer', {
  ...grouping,
  since: '6.2.0',
  summary: 'Make a consumer in a group.',
  syntax: 'key group consumer',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: key(2, 'RW', 'insert'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const group = existingGroup(existing(c, key), key, args.next())
    const name = args.next()
    if (group.consumers.has(name)) return 0
    group.addConsumer(name, c.now)
    announceConsumer(c, key)
    return 1
  },
})

const delconsumer = command('delconsumer', {
  ...grouping,
  summary: 'Remove a consumer with all that it has pending.',
  syntax: 'key group consumer',
  arity: 5,
  keys: key(2, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const group = existingGroup(existing(c, key), key, args.next())
    const consumer = group.consumers.get(args.next())
    if (consumer === undefined) return 0
    const pending = consumer.pending.size
    group.removeConsumer(consumer)
    announceGroup(c, 'xgroup-delconsumer', key)
    return pending
  },
})

const help = command('help', {
  group: 'stream',
  since: '5.0.0',
  summary: 'List the subcommands of XGROUP.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['stream'],
  reply: 'string[]',
  run: () =>
    helpOf('XGROUP', [
      [
        'CREATE <key> <groupname> <id|$> [option]',
        'Make a group that reads what comes behind the ID. Options:\n' +
          '* MKSTREAM\n  Make the stream as well, if there is none.\n' +
          '* ENTRIESREAD entries_read\n  How many entries it has read so far.',
      ],
      ['CREATECONSUMER <key> <groupname> <consumer>', 'Make a consumer in a group.'],
      ['DELCONSUMER <key> <groupname> <consumer>', 'Remove a consumer of a group.'],
      ['DESTROY <key> <groupname>', 'Remove a group.'],
      [
        'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
        'Let a group go on behind this ID, and set how many entries it has read.',
      ],
    ]),
})

export const XGROUP = command('xgroup', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Make, change and remove consumer groups.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [create, createconsumer, delconsumer, destroy, help, setid],
  reply: 'unknown',
})
