/** What INFO stats counts. CONFIG RESETSTAT makes a new one. */
export class Stats {
  connectionsReceived = 0
  commandsProcessed = 0
  connectionsRejected = 0
  keyspaceHits = 0
  keyspaceMisses = 0
  expiredKeys = 0
  evictedKeys = 0
  bytesIn = 0
  bytesOut = 0
  unexpectedErrors = 0
  /** Error replies by their first word, for INFO errorstats. */
  readonly errors: Map<string, number> = new Map()
}
