/**
 * What INFO persistence tells of snapshots: how long, how far, how often, and how the last one went.
 *
 * A save and a rewrite of the journal are the same work here, but who asked for which can be seen.
 */
import type { Progress } from './recovery.ts'
import type { SnapshotWalk } from './snapshot.ts'

/** Of saves, or of rewrites. */
class Work {
  done = 0
  /** Milliseconds since the epoch; 0 if none is under way. */
  since = 0
  lastSeconds = -1
  lastEarlyBytes = 0
  failures = 0

  begin(now: number): void {
    this.since = now
  }

  end(now: number, walk: SnapshotWalk | null, failed: boolean): void {
    this.lastSeconds = Math.floor((now - this.since) / 1000)
    this.since = 0
    if (failed) {
      this.failures++
      return
    }
    this.failures = 0
    this.done++
    this.lastEarlyBytes = walk?.earlyBytes ?? 0
  }

  currentSeconds(now: number): number {
    return this.since === 0 ? -1 : Math.floor((now - this.since) / 1000)
  }
}

export class Figures {
  readonly saves: Work = new Work()
  readonly rewrites: Work = new Work()
  /** Of the snapshot that is under way. */
  walk: SnapshotWalk | null = null
  /** How loading goes; null when it is over. */
  loading: (Progress & { readonly since: number }) | null = null
  loadedKeys = 0
  /** Snapshots that were begun, whatever became of them. */
  begun = 0
  /** Keys that had expired when they were loaded. */
  expiredKeys = 0

  begin(forJournal: boolean, now: number): void {
    this.begun++
    this.workOf(forJournal).begin(now)
  }

  end(forJournal: boolean, now: number, failed: boolean): void {
    this.workOf(forJournal).end(now, this.walk, failed)
    this.walk = null
  }

  private workOf(forJournal: boolean): Work {
    return forJournal ? this.rewrites : this.saves
  }

  /** The fields that do not depend on whether there is a journal. */
  info(now: number): Record<string, string | number> {
    const { saves, rewrites, walk } = this
    const share = walk === null || walk.total === 0 ? 0 : (100 * walk.keys) / walk.total
    return {
      current_cow_peak: walk?.earlyBytes ?? 0,
      current_cow_size: walk?.earlyBytes ?? 0,
      current_fork_perc: Math.min(100, share).toFixed(2),
      current_save_keys_processed: walk?.keys ?? 0,
      current_save_keys_total: walk?.total ?? 0,
      rdb_last_bgsave_time_sec: saves.lastSeconds,
      rdb_current_bgsave_time_sec: saves.currentSeconds(now),
      rdb_saves: saves.done,
      rdb_last_cow_size: saves.lastEarlyBytes,
      rdb_last_load_keys_expired: this.expiredKeys,
      rdb_last_load_keys_loaded: this.loadedKeys,
      rdb_saves_consecutive_failures: saves.failures,
      aof_last_rewrite_time_sec: rewrites.lastSeconds,
      aof_current_rewrite_time_sec: rewrites.currentSeconds(now),
      aof_last_bgrewrite_status: rewrites.failures === 0 ? 'ok' : 'err',
      aof_rewrites: rewrites.done,
      aof_rewrites_consecutive_failures: rewrites.failures,
      aof_last_cow_size: rewrites.lastEarlyBytes,
    }
  }

  /** Fields that are there while data is being loaded. */
  loadingInfo(now: number): Record<string, string | number> {
    const { loading } = this
    if (loading === null) return {}
    const { since, loadedBytes, totalBytes } = loading
    const seconds = Math.max(0, now - since) / 1000
    const left = loadedBytes === 0 ? 1 : (seconds * (totalBytes - loadedBytes)) / loadedBytes
    return {
      loading_start_time: Math.floor(since / 1000),
      loading_total_bytes: totalBytes,
      loading_rdb_used_mem: 0,
      loading_loaded_bytes: loadedBytes,
      loading_loaded_perc: (totalBytes === 0 ? 0 : (100 * loadedBytes) / totalBytes).toFixed(2),
      loading_eta_seconds: Math.round(Math.max(0, left)),
    }
  }
}
