/** What a server says about the data that it finds, in the words that Redis's tools and tests look for. */
import { join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import type { StoreError } from '../../persistence/errors.ts'
import type { LeftOut, Truncation } from '../../persistence/recovery.ts'
import { describeDamage } from '../../rdb/damage.ts'
import { MalformedRdb } from '../../rdb/errors.ts'
import type { RdbLoss } from '../../rdb/file-reader.ts'
import type { ImportReport } from '../../transfer/types.ts'
import { quote } from '../../util/quote.ts'
import type { Log } from './platform.ts'

const printable = (key: string): string => (/^[\x20-\x7e]*$/.test(key) ? key : quote(key))

/** Something of a file that was damaged could not be had. */
function tellLost(log: Log, file: string, { offset, key, reason }: RdbLoss): void {
  const what = key === null ? 'all that follows' : `the key ${quote(key)}`
  log('warning', `Lost: ${what} (${file} at byte ${offset}: ${reason})`)
}

/** All of it was read, in so many seconds. */
export function tellLoaded(
  { config, keyspace }: Engine,
  log: Log,
  seconds: number,
  { expired, empty, emptyKeys, losses }: LeftOut,
): void {
  const from = config.yes('appendonly') ? 'append only file' : 'disk'
  const file = config.yes('appendonly') ? 'the base' : config.get('dbfilename')
  log('notice', `DB loaded from ${from}: ${seconds.toFixed(3)} seconds (${keyspace.size} keys)`)
  for (const key of emptyKeys) log('notice', `rdbLoadObject: skipping empty key: ${printable(key)}`)
  if (empty > 0) log('notice', `Done loading RDB, empty keys skipped: ${empty}.`)
  if (expired > 0) log('notice', `Left out: ${expired} expired`)
  for (const loss of losses) tellLost(log, file, loss)
}

/** The end was cut off. */
export function tellTruncated(log: Log, truncation: Truncation): void {
  const { allowed, place } = truncation
  if (allowed === undefined) {
    const what = JSON.stringify(truncation)
    log('warning', `The journal ended in the middle of a record; that was cut: ${what}`)
    return
  }
  if (allowed === 'aof-load-corrupt-tail-max-size') {
    const from = `${truncation.bytes} bytes from byte ${place.offset} on`
    log('warning', `A corrupt AOF file tail was cut off ${place.name}: ${from}`)
  }
  log('warning', `AOF ${place.name} loaded anyway because ${allowed} is enabled`)
}

/** What was taken of a file, and what not. */
export function tellImported(log: Log, report: ImportReport): void {
  const { keys, requests, expired, empty, kept, refused, truncated, losses } = report
  log(
    'notice',
    `Imported ${report.bytes} bytes of ${report.format}: ${keys} keys, ${requests} requests`,
  )
  if (expired + empty + kept > 0) {
    log('notice', `Left out: ${expired} expired, ${empty} empty, ${kept} that were there`)
  }
  if (truncated !== null) {
    const { file, offset, bytes } = truncated
    log('warning', `${file} was cut off at byte ${offset}: ${bytes} bytes are not used`)
  }
  for (const { offset, request, error } of report.refusals) {
    log('warning', `Refused at byte ${offset}: ${request}: ${error}`)
  }
  if (refused > report.refusals.length) log('warning', `${refused} requests were refused in all`)
  for (const loss of losses) tellLost(log, loss.file, loss)
}

/** It could not be read. */
export function explain({ config }: Engine, log: Log, error: StoreError): void {
  const { record, cause, message } = error
  if (error.code !== 'corrupt' || record === null) {
    log('warning', message)
    return
  }
  if (cause instanceof MalformedRdb) {
    explainRdb(config.get('dir'), log, error, cause)
    return
  }
  const folder = join(config.get('dir'), config.get('appenddirname'))
  const path = join(folder, record.name)
  if (message.includes('the data ends too early') || message.includes('is cut short')) {
    log('warning', `Unexpected end of file reading the append only file ${path}: ${message}`)
  } else if (message.includes('Unknown command')) log('warning', message)
  else {
    // How large a damaged end may be says an option.
    const hint = '(see --fix and aof-load-corrupt-tail-max-size)'
    log('warning', `Bad file format reading the append only file ${path}: ${message} ${hint}`)
  }
}

function explainRdb(dir: string, log: Log, error: StoreError, cause: MalformedRdb): void {
  const path = join(dir, error.record?.name ?? '')
  const sum = cause.reason === 'the checksum does not match'
  const what = sum ? 'Wrong RDB checksum: RDB CRC error' : 'RDB file integrity check failed'
  log('warning', `${what} ${path}: ${error.message}`)
  // Once for the value, once for the file.
  if (cause.form >= 0) log('warning', describeDamage(cause))
  if (!sum) log('warning', 'Terminating server after rdb file reading failure.')
  log('warning', 'Fatal error loading the DB, check server logs. Exiting.')
}
