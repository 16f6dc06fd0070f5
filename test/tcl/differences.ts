/**
 * Tests that a real server passes and ours does not, each with the reason.
 *
 * A test that is named here and passes fails the run: then the line goes. A name may be a pattern of the
 * suite's kind, which begins with '/'.
 */
import { countNames, lacking, type Outcome } from './outcome.ts'
import type { Mode } from './record.ts'

export const REASONS = {
  newer: 'later versions of Redis answer otherwise, and so do we',
  cluster: 'needs a server in cluster mode',
  replica: 'needs a server that is a replica',
  aof: "needs Redis's own append-only files",
  rdb: "reads or writes Redis's own RDB files where we have a journal and snapshots",
  allocator: 'speaks of jemalloc or of the layout of memory in C',
  exact: 'wants what only holds of an estimate',
  debugger: 'speaks to the debugger of scripts, which is not there',
  process: 'needs a second process, a signal, a port or a file where we have none',
} as const

export type Reason = keyof typeof REASONS

export interface Difference {
  readonly reason: Reason
  readonly unit: string
  readonly tests: readonly string[]
  /** Only with the suite of this version; with all otherwise. */
  readonly suite?: '7.0.15' | '8.6.3'
  readonly mode?: Mode
  /** Left out, with us and with the real server: it would take what comes after it along. */
  readonly skip?: true
  /** What exactly, where the reason does not say it. */
  readonly because?: string
}

export const DIFFERENCES: readonly Difference[] = [
  // ---- 7.0.15 -----------------------------------------------------------------------------------
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/tracking',
    tests: ['Tracking only occurs for scripts when a command calls a read-only command'],
    because: 'since 7.2 the keys are tracked that a script has read, not those that it declares',
    skip: true,
  },
  {
    reason: 'allocator',
    suite: '8.6.3',
    unit: 'unit/functions',
    tests: ['/^FUNCTION - async function flush rebuilds Lua VM '],
    because: 'counts what another thread frees; here the garbage collector frees it',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/scripting',
    tests: [
      "/^EVAL - Scripts can't run (blpop|brpop|brpoplpush|blmove|bzpopmin|bzpopmax) command$",
      "EVAL - Scripts can't run XREAD and XREADGROUP with BLOCK option",
    ],
    because: 'since 7.2 a script may call what blocks, and it does not block',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/type/list',
    tests: [
      'SWAPDB wants to wake blocked client, but the key already expired',
      'MULTI + LPUSH + EXPIRE + DEBUG SLEEP on blocked client, key already expired',
    ],
    because: 'since 7.2 a key that has expired stays when it wakes nobody',
    skip: true,
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/type/stream-cgroups',
    tests: [
      'Blocking XREADGROUP: key deleted',
      'Blocking XREADGROUP: key type changed with SET',
      'Blocking XREADGROUP: key type changed with transaction',
      'Blocking XREADGROUP: flushed DB',
      "Blocking XREADGROUP: swapped DB, key doesn't exist",
      'Blocking XREADGROUP: swapped DB, key is not a stream',
    ],
    because: 'since 7.2 XREADGROUP runs again and says NOGROUP or WRONGTYPE, not UNBLOCKED',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/type/incr',
    tests: ['INCR uses shared objects in the 0-9999 range'],
    because: 'since 8.2 values share no numbers',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/type/stream-cgroups',
    tests: ['XINFO FULL output'],
    because: 'counts fields, of which there are more since 8.6',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/type/stream-cgroups',
    tests: ['Consumer without PEL is present in AOF after AOFRW'],
    because: 'since 7.2 a consumer is made even when XREADGROUP finds nothing',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/expire',
    tests: [
      'All time-to-live(TTL) in commands are propagated as absolute timestamp in milliseconds in AOF',
    ],
    because: 'wants a payload with an RDB version that Tcl has to quote; 15 need not be',
  },
  {
    reason: 'newer',
    unit: 'unit/expire',
    tests: ['All TTL in commands are propagated as absolute timestamp in replication stream'],
    because: 'wants a payload with an RDB version that Tcl has to quote; 15 need not be',
  },
  {
    reason: 'replica',
    mode: 'launch',
    suite: '7.0.15',
    unit: 'unit/type/stream-cgroups',
    tests: [
      'Replication tests of XCLAIM with deleted entries (autclaim=0)',
      'Replication tests of XCLAIM with deleted entries (autclaim=1)',
    ],
  },

  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/acl',
    tests: [
      'By default, only default user is able to publish to any channel',
      'By default, only default user is not able to publish to any shard channel',
      'By default, only default user is able to subscribe to any channel',
      'By default, only default user is able to subscribe to any shard channel',
      'By default, only default user is able to subscribe to any pattern',
    ],
    because: 'since 7.2 NOPERM says it in other words',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/acl-v2',
    tests: [
      'Test basic multiple selectors',
      'Test separate read permission',
      'Test separate write permission',
      'Test separate read and write permissions',
      'Test separate read and write permissions on different selectors are not additive',
      'Test SET with separate read permission',
      'Test SET with separate write permission',
      'Test BITFIELD with separate read permission',
      'Test BITFIELD with separate write permission',
      'Test ACL log correctly identifies the relevant item when selectors are used',
      'Test various commands for command permissions',
      'Test various odd commands for key permissions',
      'Existence test commands are not marked as access',
      'Intersection cardinaltiy commands are access commands',
      'Test general keyspace commands require some type of permission to execute',
      'Cardinality commands require some type of permission to execute',
      'Test sharded channel permissions',
    ],
    because: 'since 7.2 NOPERM and ACL DRYRUN say it in other words',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/acl',
    tests: ['ACL requires explicit permission for scripting for EVAL_RO, EVALSHA_RO and FCALL_RO'],
    because: 'since 7.2 ACL DRYRUN says it in other words',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/acl',
    tests: [
      'Validate subset of channels is prefixed with resetchannels flag',
      'ACLs set can include subcommands, if already full command exists',
    ],
    because: 'since 7.2 ACL LIST says sanitize-payload, and keeps rules in the order given',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/acl',
    tests: ['ACL load and save', 'ACL load and save with restricted channels'],
    because: 'since 7.2 ACL LOAD ends only connections of users that have changed',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/introspection',
    tests: ['CONFIG sanity'],
    because: 'sets what CONFIG GET * gives, but for options by the names that they had then',
  },

  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/introspection',
    tests: ['CLIENT LIST', 'CLIENT INFO'],
    because: 'since 7.4 there is a field between multi and qbuf',
  },

  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/multi',
    tests: ['MULTI propagation of XREADGROUP'],
    because: 'since 7.2 an XGROUP SETID follows in the stream',
  },

  {
    reason: 'newer',
    suite: '7.0.15',
    unit: 'unit/multi',
    tests: [
      'MULTI / EXEC is propagated correctly (multiple commands)',
      'MULTI / EXEC is propagated correctly (multiple commands with SELECT)',
    ],
    because: 'since 7.2 a database is selected inside of a transaction, not in front of it',
    // It would leave a replica behind that later tests count.
    skip: true,
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/maxmemory',
    tests: ['propagation with eviction in MULTI'],
    because: 'since 7.2 a database is selected inside of a transaction, not in front of it',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/maxmemory',
    tests: [
      'Without maxmemory small integers are shared',
      'With maxmemory and non-LRU policy integers are still shared',
    ],
    because: 'since 8.2 values share no numbers',
  },

  // ---- 8.6.3 ------------------------------------------------------------------------------------
  {
    reason: 'exact',
    suite: '8.6.3',
    unit: 'unit/type/hash-field-expire',
    tests: [
      "Verify hash with PERSIST'd field won't be counted in INFO keyspace after reload (listpackex)",
      "Verify hash with PERSIST'd field won't be counted in INFO keyspace after reload (hashtable)",
    ],
    because:
      'wants a hash that has no field with a deadline any more to be counted as one that has',
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/type/hash-field-expire',
    tests: [
      'For all replicated TTL-related commands, absolute expire times are identical on primary and replica',
    ],
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/type/stream',
    tests: ['/^XADD IDMP tracking works with diskless replication'],
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/type/stream-cgroups',
    tests: [
      'Replication tests of XCLAIM with deleted entries (autoclaim=0)',
      'Replication tests of XCLAIM with deleted entries (autoclaim=1)',
      'XREADGROUP ACK would propagate entries-read',
    ],
  },
  {
    reason: 'allocator',
    suite: '8.6.3',
    unit: 'unit/type/string',
    tests: ['MEMORY USAGE - STRINGS'],
    because: 'bounds MEMORY USAGE by the layout of strings in C; ours follows the heap',
  },
  {
    reason: 'rdb',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/type/stream',
    tests: ['XINFO STREAM iids-added persists in RDB'],
    because: 'a snapshot is made of commands, and none sets this count',
  },
  {
    reason: 'cluster',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/expire',
    tests: ["expire scan should skip dictionaries with lot's of empty buckets"],
  },
  {
    reason: 'cluster',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/scan',
    tests: ['/^\\{cluster\\} '],
  },
  {
    reason: 'cluster',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/sort',
    tests: ['/^sort.* in cluster mode$'],
  },

  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/acl',
    tests: ['First server should have role slave after SLAVEOF'],
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/auth',
    tests: ['/^MASTERAUTH test with binary password rdbchannel='],
  },
  {
    reason: 'process',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/introspection',
    tests: ['IO threads client number', 'Clients are evenly distributed among io threads'],
    because: 'there are no threads that share the connections',
  },
  {
    reason: 'process',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/networking',
    tests: [
      'prefetch works as expected when killing a client from the middle of prefetch commands batch',
      '/^Prefetch ',
    ],
    because: 'counts what threads that share the connections have fetched ahead',
  },
  {
    reason: 'allocator',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/networking',
    tests: ['Pending command pool expansion and shrinking'],
    because: 'waits for what a pool of structures in C logs when it shrinks',
  },
  {
    reason: 'allocator',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/info',
    tests: ['memory: database and pubsub overhead and rehashing dict count'],
    because: 'adds up the pointers of hash tables in C; ours grow in small segments',
  },
  {
    reason: 'cluster',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/info',
    tests: [
      'Verify that LUT overhead is properly updated when dicts are emptied or reused (issue #13973)',
    ],
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/lazyfree',
    tests: ['Unblocks client blocked on lazyfree via REPLICAOF command'],
  },

  // ---- Both -------------------------------------------------------------------------------------
  {
    reason: 'allocator',
    unit: 'unit/type/string',
    tests: ['trim on SET with big value'],
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/type/stream-cgroups',
    tests: [
      'Consumer group last ID propagation to slave (NOACK=0)',
      'Consumer group last ID propagation to slave (NOACK=1)',
    ],
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/bitfield',
    tests: ['BITFIELD: setup slave', 'BITFIELD: write on master, read on slave'],
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/expire',
    tests: [
      'First server should have role slave after REPLICAOF',
      'For all replicated TTL-related commands, absolute expire times are identical on primary and replica',
    ],
    skip: true,
  },
  {
    reason: 'process',
    mode: 'launch',
    unit: 'unit/other',
    tests: ["Don't rehash if redis has child process"],
    because: 'nothing is forked here',
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/pause',
    tests: [
      'Test when replica paused, offset would not grow',
      'Test replica offset would grow after unpause',
    ],
    skip: true,
  },
  {
    reason: 'allocator',
    unit: 'unit/latency-monitor',
    tests: [
      'LATENCY of expire events are correctly collected',
      'LATENCY GRAPH can output the expire event graph',
    ],
    because:
      'waits for how long C takes to free a million members; here the garbage collector does',
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/networking',
    tests: ['CONFIG SET bind-source-addr'],
    skip: true,
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/maxmemory',
    tests: ['slave buffer are counted correctly', "replica buffer don't induce eviction"],
    skip: true,
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/pubsubshard',
    tests: ['setup replication for following tests'],
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/auth',
    tests: ['MASTERAUTH test with binary password'],
  },
  {
    reason: 'allocator',
    unit: 'unit/replybufsize',
    tests: ['verify reply buffer limits'],
    because: 'clients have no buffer for replies of a size that adapts',
  },
  {
    reason: 'replica',
    unit: 'unit/multi',
    tests: [
      'MULTI / EXEC with REPLICAOF',
      'exec with read commands and stale replica state change',
    ],
    skip: true,
  },

  {
    reason: 'allocator',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/querybuf',
    tests: [
      'query buffer resized correctly when not idle',
      'query buffer resized correctly with fat argv',
    ],
    because:
      'only with --slow: no room is taken for what was only announced, and a large buffer is given back at once',
  },
  {
    reason: 'newer',
    suite: '8.6.3',
    unit: 'unit/introspection',
    tests: ['CONFIG sanity'],
    because:
      'sets what CONFIG GET * gives; backupdirname of 8.10, which cannot be set, is not left out there',
  },
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/querybuf',
    tests: ['query buffer resized correctly', 'query buffer resized correctly when not idle'],
    because: 'only with --slow: since 7.4 clients that are idle have no query buffer of their own',
  },
  {
    reason: 'allocator',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/memefficiency',
    tests: [
      'Active defrag',
      'Active defrag eval scripts',
      'Active defrag big keys',
      'Active defrag big list',
      'Active defrag edge case',
    ],
    because: 'moves what jemalloc has scattered; here the garbage collector does that',
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'unit/memefficiency',
    tests: ["Active defrag can't be triggered during replicaof database flush. See issue #14267"],
  },

  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/scripting',
    tests: [
      'Connect a replica to the master instance',
      "'x' should be '4' for EVALSHA being replicated by effects",
      'Replication of script multiple pushes to list with BLPOP',
      'EVALSHA replication when first call is readonly',
      'Lua scripts using SELECT are replicated correctly',
      'Test selective replication of certain Redis commands from Lua',
      'Using side effects is not a problem with command replication',
      'no-writes shebang flag on replica',
      'not enough good replicas state change during long script',
      'allow-stale shebang flag',
    ],
    skip: true,
  },
  {
    reason: 'allocator',
    suite: '8.6.3',
    unit: 'unit/scripting',
    tests: ['Verify Lua performs GC correctly after script loading'],
    because:
      'bounds 50,000 scripts by what PUC takes for one; a compiled one of ours takes more than 600 bytes',
  },
  {
    reason: 'debugger',
    mode: 'launch',
    unit: 'unit/scripting',
    tests: ['Test scripting debug protocol parsing', 'Test scripting debug lua stack overflow'],
    because: 'SCRIPT DEBUG is refused, before these tests outside of any as well',
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'unit/functions',
    tests: [
      'Connect a replica to the master instance',
      '/^FUNCTION - (creation|restore|delete|flush|function effect) is replicated to replica$',
      'FUNCTION - call on replica',
      'Disconnecting the replica from master instance',
      '/^FUNCTION - test replication to replica on rdb phase',
      '/^FUNCTION - (create|delete) on read only replica$',
      'FUNCTION - modify key space of read only replica',
      'FUNCTION can processes create, delete and flush commands in AOF when doing "debug loadaof" in read-only slaves',
      'FUNCTION - allow stale',
    ],
    skip: true,
  },

  // ---- Files --------------------------------------------------------------------------------------
  {
    reason: 'newer',
    suite: '7.0.15',
    mode: 'launch',
    unit: 'unit/aofrw',
    tests: ['AOF rewrite of list with quicklist encoding, int data'],
    because: 'since 7.2 a list of so few integers is a listpack',
  },
  {
    reason: 'process',
    mode: 'launch',
    unit: 'integration/rdb',
    tests: [
      'Test FLUSHALL aborts bgsave',
      'failed bgsave prevents writes',
      'rdb_saves_consecutive_failures metric',
    ],
    because: 'kills the child that saves, or slows it down with rdb-key-save-delay',
  },
  {
    reason: 'exact',
    mode: 'launch',
    unit: 'integration/rdb',
    tests: ['Test child sending info'],
    because:
      'counts copied pages; here it is the bytes that were saved early, compressed as in the file',
  },
  {
    reason: 'rdb',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'integration/rdb',
    tests: ['RDB load applies RESIZEDB hint to expand hash tables'],
    because: 'our dictionary grows in small steps and has no use for the hint',
  },
  {
    reason: 'aof',
    mode: 'launch',
    unit: 'integration/aof',
    tests: ['Generate timestamp annotations in AOF'],
    because: "wants it on the first line of the file, where our record's header stands",
  },
  {
    reason: 'process',
    mode: 'launch',
    unit: 'integration/aof',
    tests: ['AOF fsync always barrier issue'],
    because: 'slows fsync down with DEBUG AOF-FLUSH-SLEEP',
  },
  {
    reason: 'replica',
    mode: 'launch',
    unit: 'integration/aof',
    tests: ['EVAL can process writes from AOF in read-only replicas'],
    skip: true,
  },
  {
    reason: 'rdb',
    mode: 'launch',
    unit: 'integration/corrupt-dump',
    tests: [
      'corrupt payload: listpack too long entry len',
      'corrupt payload: listpack very long entry len',
      'corrupt payload: fuzzer findings - NPD in streamIteratorGetID',
      'corrupt payload: fuzzer findings - listpack NPD on invalid stream',
      'corrupt payload: fuzzer findings - gcc asan reports false leak on assert',
      'corrupt payload: hash listpack with duplicate records - convert',
    ],
    because:
      'wants a bad payload to be taken without sanitize-dump-payload, and the server to fail an ' +
      'assertion later; here every payload is checked, and refused',
  },
  {
    reason: 'process',
    mode: 'launch',
    unit: 'integration/aof-multi-part',
    tests: [
      'AOF multiple rewrite failures will open multiple INCR AOFs',
      "AOF rewrite doesn't open new aof when AOF turn off",
      'AOF enable/disable auto gc',
      'AOF can produce consecutive sequence number after reload',
      'AOF enable during BGSAVE will not write data util AOFRW finish',
      'AOF will trigger limit when AOFRW fails many times',
      'AOF will open a temporary INCR AOF to accumulate data until the first AOFRW success when AOF is dynamically enabled',
    ],
    because:
      'kills the child that rewrites, or goes on with the files that the test before has left behind so',
  },
  {
    reason: 'replica',
    suite: '8.6.3',
    mode: 'launch',
    unit: 'integration/aof-multi-part',
    tests: [
      'Multi Part AOF writes start offset in the manifest',
      'Multi Part AOF can update master_repl_offset with only startoffset info',
      'Multi Part AOF can update master_repl_offset with endoffset info',
      'Multi Part AOF will add the end offset if we close gracefully the AOF',
      'INCR AOF has accurate start offset when AOFRW',
    ],
    because: 'manifests that say at which offset of replication a file begins',
  },
]

/** What is named for a unit. */
export function named(
  table: readonly Difference[],
  suite: string,
  mode: Mode,
  unit: string,
): Difference[] {
  return table.filter(
    (entry) =>
      entry.unit === unit && (entry.suite ?? suite) === suite && (entry.mode ?? mode) === mode,
  )
}

/** What the suite is told to leave out. */
export const skips = (entries: readonly Difference[]): string[] =>
  entries.filter((entry) => entry.skip).flatMap((entry) => entry.tests)

/** Lists are null where it is not known which tests the real server passes. */
export interface Judgement {
  /** Tests that only the real server passes and that are named, once for every time. */
  named: string[] | null
  /** Those of them that nobody ran. */
  skipped: string[] | null
  /** Tests that only the real server passes and that nobody has named. */
  open: string[] | null
  /** Named, but passed. */
  wrong: string[]
  why(name: string): Difference | undefined
}

const matches = (test: string, name: string): boolean =>
  test.startsWith('/') ? new RegExp(test.slice(1)).test(name) : test === name

/** Whether a test is named there. */
export const explains = (entries: readonly Difference[], name: string): boolean =>
  entries.some(({ tests }) => tests.some((test) => matches(test, name)))

/** Our results beside the tests that a real server passes. */
export function compare(
  entries: readonly Difference[],
  real: readonly string[] | null,
  ours: Pick<Outcome, 'passed' | 'failed'>,
): Judgement {
  const why = (name: string): Difference | undefined =>
    entries.find((entry) => entry.tests.some((test) => matches(test, name)))
  const missing = real === null ? null : lacking(countNames(real), ours.passed)
  // One name may stand for several tests: it is enough that one of them fails.
  const without = new Set([...(missing ?? []), ...ours.failed.map(({ name }) => name)])
  return {
    named: missing?.filter((name) => why(name) !== undefined) ?? null,
    skipped: missing?.filter((name) => why(name)?.skip === true) ?? null,
    open: missing?.filter((name) => why(name) === undefined) ?? null,
    wrong: [...new Set(ours.passed)].filter(
      (name) => why(name) !== undefined && !without.has(name),
    ),
    why,
  }
}
