/**
 * BACKUP: a copy of all data at one moment, made while everything goes on. `persistence/backup.ts` makes
 * it; the texts of its refusals are ours, as no page of Redis's says them.
 * https://redis.io/docs/latest/commands/backup/
 */
import { command, type Definition } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import { MapReply, OK, type Reply } from '../core/reply.ts'
import type { BackupHooks } from '../engine/persistence-hooks.ts'
import { helpOf } from './help.ts'

const SHARED = {
  group: 'server',
  since: '8.10.0',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
} satisfies Partial<Definition>

const noPlace = new CommandError('This server has no place for backups')

function backupOf(c: Context): BackupHooks {
  const backup = c.engine.persistence?.backup ?? null
  if (backup === null) throw noPlace
  return backup
}

/** OK when it is done, or why it could not be. */
function finished(c: Context, work: (backup: BackupHooks) => Promise<void>): Reply {
  const backup = backupOf(c)
  return c.later((done) => {
    work(backup).then(
      () => done(OK),
      (error) => done(error instanceof CommandError ? error : new CommandError(`${error}`)),
    )
  })
}

const START = command('start', {
  ...SHARED,
  summary: 'Begin a backup: a snapshot of this moment, and all changes from it on.',
  flags: ['admin', 'noscript'],
  reply: "'OK'",
  run: (c) => finished(c, (backup) => backup.start()),
})

const SEAL = command('seal', {
  ...SHARED,
  summary: 'End a backup: what is restored from it is the state of this moment.',
  flags: ['admin', 'noscript'],
  reply: "'OK'",
  run: (c) => finished(c, (backup) => backup.seal()),
})

const ABORT = command('abort', {
  ...SHARED,
  summary: 'Give up a backup that is not sealed yet.',
  flags: ['admin', 'noscript'],
  reply: "'OK'",
  run: (c) => finished(c, (backup) => backup.abort()),
})

const CLEANUP = command('cleanup', {
  ...SHARED,
  summary: 'Remove the files of a backup that was sealed or has failed.',
  flags: ['admin', 'noscript'],
  reply: "'OK'",
  run: (c) => finished(c, (backup) => backup.cleanup()),
})

const LIST = command('list', {
  ...SHARED,
  summary: 'Which files of the backup are complete and may be copied.',
  flags: ['admin', 'stale'],
  reply: 'string[]',
  run: (c) => [...(c.engine.persistence?.backup?.list ?? [])],
})

const STATUS = command('status', {
  ...SHARED,
  summary: 'How far the backup is.',
  flags: ['admin', 'stale'],
  reply: 'unknown',
  run(c) {
    const backup = c.engine.persistence?.backup ?? null
    const seconds = (ms: number): number => Math.floor(ms / 1000)
    return new MapReply([
      'state',
      backup?.state ?? 'idle',
      'error',
      backup?.error ?? '',
      'start_time',
      seconds(backup?.startedAt ?? 0),
      'end_time',
      seconds(backup?.endedAt ?? 0),
    ])
  },
})

const HELP = command('help', {
  ...SHARED,
  summary: 'What the subcommands of BACKUP do.',
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('BACKUP', [
      ['START', 'Begin a backup in an empty place.'],
      ['SEAL', 'End it: the files are complete.'],
      ['ABORT', 'Give it up.'],
      ['CLEANUP', 'Remove its files.'],
      ['LIST', 'Which files are complete.'],
      ['STATUS', 'How far it is.'],
    ]),
})

export const BACKUP = command('backup', {
  group: 'server',
  since: '8.10.0',
  summary: 'Backups of all data while everything goes on.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [ABORT, CLEANUP, HELP, LIST, SEAL, START, STATUS],
  reply: 'unknown',
})
