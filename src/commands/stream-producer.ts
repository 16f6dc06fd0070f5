/**
 * What a stream remembers of the messages that producers have sent (XADD with IDMP).
 */
import { command, key } from '../core/command.ts'
import {
  messageIsAnother,
  messageIsEmpty,
  noSuchKey,
  noSuchMessage,
  nothingToSet,
  producerIsEmpty,
  setTwice,
  settingOutOfRange,
  syntaxError,
} from '../core/errors.ts'
import { OK } from '../core/reply.ts'
import { compareIds } from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import { idOf } from './stream-args.ts'

const MOST_SECONDS = 86_400
const MOST_MESSAGES = 10_000

export const XCFGSET = command('xcfgset', {
  group: 'stream',
  since: '8.6.0',
  summary: 'Set how long, and how many, messages of producers a stream remembers.',
  complexity: 'O(1)',
  syntax: 'key [IDMP-DURATION idmp-duration:integer] [IDMP-MAXSIZE idmp-maxsize:integer]',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'update'),
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const stream = c.write(key, STREAM)
    if (stream === undefined) throw noSuchKey
    let seconds = -1
    let messages = -1
    while (args.more) {
      if (args.left < 2) throw syntaxError
      if (args.take('IDMP-DURATION')) {
        if (seconds !== -1) throw setTwice('IDMP-DURATION')
        seconds = Number(args.integer())
        if (seconds < 1 || seconds > MOST_SECONDS) {
          throw settingOutOfRange('IDMP-DURATION', MOST_SECONDS, 'seconds')
        }
      } else if (args.take('IDMP-MAXSIZE')) {
        if (messages !== -1) throw setTwice('IDMP-MAXSIZE')
        messages = Number(args.integer())
        if (messages < 1 || messages > MOST_MESSAGES) {
          throw settingOutOfRange('IDMP-MAXSIZE', MOST_MESSAGES, 'entries')
        }
      } else throw syntaxError
    }
    if (seconds === -1 && messages === -1) throw nothingToSet
    const duration = seconds === -1 ? stream.idmpSeconds : seconds
    const most = messages === -1 ? stream.idmpMessages : messages
    if (duration !== stream.idmpSeconds || most !== stream.idmpMessages) {
      stream.idmpSeconds = duration
      stream.idmpMessages = most
      stream.producers = null
      c.dirty++
    }
    return OK
  },
})

export const XIDMPRECORD = command('xidmprecord', {
  group: 'stream',
  since: '8.6.2',
  summary: 'Remember which entry a message of a producer has become: for snapshots.',
  complexity: 'O(1)',
  syntax: 'key pid iid stream-id',
  arity: 5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'update'),
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const producer = args.next()
    const message = args.next()
    const id = idOf(args.next())
    if (producer === '') throw producerIsEmpty
    if (message === '') throw messageIsEmpty
    const stream = c.write(key, STREAM)
    if (stream === undefined) throw noSuchKey
    if (!stream.has(id)) throw noSuchMessage
    const known = stream.producers?.find(producer, message)
    if (known !== undefined) {
      if (compareIds(known, id) !== 0) throw messageIsAnother
      return OK
    }
    stream.recordMessage(producer, message, id)
    c.db.noteProducers(key, stream)
    c.dirty++
    return OK
  },
})
