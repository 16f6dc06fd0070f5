/**
 * What a crash of Chromium does to IndexedDB, and what a page can do about it.
 *
 * Chromium keeps all databases of an origin in one LevelDB. A browser that is killed in the middle of a
 * write leaves a torn record at the end of LevelDB's log. The next one ignores it, as it should, but
 * goes on writing behind it in the same log, and whoever reads that log later meets a wrong checksum in
 * the midst of it. Chromium then deletes every database of the origin and begins afresh. About one
 * kill in a hundred under load ends so, with everything that `durability: 'strict'` had promised.
 *
 * A log with a tear is harmless once LevelDB has moved on to a new one, which it does after 4 MB. So
 * a store that was in the middle of writing when its browser died pushes the log on before it writes
 * anything of worth, and whether it was is a record of its own.
 *
 * Firefox and WebKit keep IndexedDB in SQLite, which has no such trouble.
 */

/** LevelDB changes its log when it holds this much. */
const LOG_BYTES = 4 * 1024 * 1024
/** More goes past the log, into a file of its own, and more noise is not to be had in one call. */
const VALUE_BYTES = 64_000
/** Values to write for one change of the log; a few more, for what is in it beside them. */
const VALUES = Math.ceil(LOG_BYTES / VALUE_BYTES) + 4

/** After this long without a write the log's end is whole, ms. */
export const CALM_MS = 1000

/** Whether this browser keeps its databases as said above: only Chromium tells of a loss. */
export const keepsLog = (): boolean =>
  typeof IDBVersionChangeEvent === 'function' && 'dataLoss' in IDBVersionChangeEvent.prototype

/** Why the browser has deleted what was here; null if it did not, or does not say. */
export function lossOf(event: IDBVersionChangeEvent): string | null {
  const { dataLoss, dataLossMessage } = event as { dataLoss?: string; dataLossMessage?: string }
  return dataLoss === 'total' ? dataLossMessage || 'no reason was given' : null
}

/** What fills a log: values that cannot be compressed, under keys that nothing else has. */
export function filling(): { readonly keys: readonly string[]; readonly value: Uint8Array } {
  const value = crypto.getRandomValues(new Uint8Array(VALUE_BYTES))
  return { keys: Array.from({ length: VALUES }, (_, i) => `filling ${i}`), value }
}
