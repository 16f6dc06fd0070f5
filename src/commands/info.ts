/**
 * INFO: sections of fields, as monitoring tools expect them.
 *
 * Fields that speak of processes, allocators and replicas are there because tools read them; where we
 * have no number of our own they say what an idle server would say.
 * https://redis.io/docs/latest/commands/info/
 */

import { secondsSince } from '../core/client-info.ts'
import { command } from '../core/command.ts'
import { Verbatim } from '../core/reply.ts'
import type { Engine } from '../engine/engine.ts'
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import { Hash } from '../types/hash.ts'
import { REDIS_VERSION, VERSION } from '../version.ts'
import { clientBytes, dataBytes, human, overheadBytes, usedBytes } from './footprint.ts'

type Fields = readonly (readonly [name: string, value: string | number])[]

interface Section {
  readonly title: string
  /** Whether INFO without arguments shows it. */
  readonly usual: boolean
  readonly fields: (engine: Engine) => Fields
}

// ---- Words for numbers ------------------------------------------------------------------------

const flag = (fact: boolean): number => (fact ? 1 : 0)
const fixed = (n: number, digits = 2): string => n.toFixed(digits)

// ---- Sections ---------------------------------------------------------------------------------

function server(engine: Engine): Fields {
  const facts = engine.platform.describe?.() ?? {}
  const now = engine.now()
  const seconds = Math.floor((now - engine.startedAt) / 1000)
  return [
    ['redis_version', REDIS_VERSION],
    ['respite_version', VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', `respite-${VERSION}`],
    ['redis_mode', 'standalone'],
    ['os', facts.os ?? 'unknown'],
    ['arch_bits', facts.archBits ?? 64],
    ['runtime', facts.runtime ?? 'unknown'],
    ['monotonic_clock', 'platform'],
    ['multiplexing_api', 'platform'],
    ['process_id', facts.processId ?? 0],
    ['process_supervised', 'no'],
    ['run_id', engine.runId],
    ['tcp_port', engine.config.get('port')],
    ['server_time_usec', `${BigInt(Math.floor(now)) * 1000n}`],
    ['uptime_in_seconds', seconds],
    ['uptime_in_days', Math.floor(seconds / 86400)],
    ['hz', engine.config.get('hz')],
    ['configured_hz', engine.config.get('hz')],
    ['lru_clock', Math.floor(now / 1000) % (1 << 24)],
    ['executable', facts.executable ?? ''],
    ['config_file', facts.configFile ?? ''],
    ['io_threads_active', 0],
    ...listeners(engine),
  ]
}

function listeners({ config }: Engine): Fields {
  const fields: [string, string][] = []
  const port = config.get('port')
  const socket = config.get('unixsocket')
  const places: string[] = []
  if (port !== '0') {
    const addresses = config
      .get('bind')
      .split(' ')
      .map((address) => `bind=${address}`)
    places.push(`name=tcp,${addresses.join(',')},port=${port}`)
  }
  if (socket !== '') places.push(`name=unix,bind=${socket}`)
  for (const [i, place] of places.entries()) fields.push([`listener${i}`, place])
  return fields
}

function clients(engine: Engine): Fields {
  const { recent } = engine.clientLimits
  let connected = 0
  let subscribed = 0
  let watching = 0
  for (const client of engine.clients.values()) {
    if (client.internal) continue
    connected++
    if (client.subscribed) subscribed++
    if (client.watched.length > 0) watching++
  }
  return [
    ['connected_clients', connected],
    ['cluster_connections', 0],
    ['maxclients', engine.config.get('maxclients')],
    ['client_recent_max_input_buffer', recent.input],
    ['client_recent_max_output_buffer', recent.output],
    ['blocked_clients', engine.blocking.count + engine.pause.count],
    ['tracking_clients', engine.tracking.clients],
    ['pubsub_clients', subscribed],
    ['watching_clients', watching],
    ['clients_in_timeout_table', 0],
    ['total_watched_keys', engine.watchers.size],
    ['total_blocking_keys', engine.blocking.keys],
    ['total_blocking_keys_on_nokey', engine.blocking.keysOrGone],
  ]
}

function memory(engine: Engine): Fields {
  const facts = engine.platform.describe?.() ?? {}
  const used = usedBytes(engine)
  const data = dataBytes(engine)
  const overhead = overheadBytes(engine)
  const resident = facts.residentBytes ?? used
  const peak = engine.stats.peakMemory
  const limit = engine.config.int('maxmemory')
  const system = facts.systemBytes ?? 0
  return [
    ['used_memory', used],
    ['used_memory_human', human(used)],
    ['used_memory_rss', resident],
    ['used_memory_rss_human', human(resident)],
    ['used_memory_peak', peak],
    ['used_memory_peak_human', human(peak)],
    ['used_memory_peak_time', Math.floor(engine.stats.peakAt / 1000)],
    ['used_memory_peak_perc', `${fixed((used * 100) / Math.max(1, peak))}%`],
    ['used_memory_overhead', used - data + overhead],
    ['used_memory_startup', used - data],
    ['used_memory_dataset', data - overhead],
    ['used_memory_dataset_perc', `${fixed(((data - overhead) * 100) / Math.max(1, data))}%`],
    ['allocator_allocated', facts.heapBytes ?? used],
    ['allocator_active', used],
    ['allocator_resident', resident],
    ['allocator_muzzy', 0],
    ['total_system_memory', system],
    ['total_system_memory_human', human(system)],
    ...scriptMemory(engine),
    ['maxmemory', limit],
    ['maxmemory_human', human(limit)],
    ['maxmemory_policy', engine.config.get('maxmemory-policy')],
    ['allocator_frag_ratio', '1.00'],
    ['allocator_frag_bytes', 0],
    ['allocator_rss_ratio', fixed(resident / Math.max(1, used))],
    ['allocator_rss_bytes', resident - used],
    ['rss_overhead_ratio', '1.00'],
    ['rss_overhead_bytes', 0],
    ['mem_fragmentation_ratio', fixed(resident / Math.max(1, used))],
    ['mem_fragmentation_bytes', resident - used],
    ['mem_not_counted_for_evict', 0],
    ['mem_replication_backlog', 0],
    ['mem_total_replication_buffers', 0],
    ['mem_replica_full_sync_buffer', 0],
    ['mem_clients_slaves', clientBytes(engine, true)],
    ['mem_clients_normal', clientBytes(engine, false)],
    ['mem_cluster_links', 0],
    ['mem_cluster_slot_migration_output_buffer', 0],
    ['mem_cluster_slot_migration_input_buffer', 0],
    ['mem_cluster_slot_migration_input_buffer_peak', 0],
    ['mem_aof_buffer', 0],
    ['mem_allocator', 'javascript'],
    ['mem_overhead_db_hashtable_rehashing', 0],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', engine.stats.lazyFreed],
  ]
}

/** Roughly: nobody knows what an object takes in JavaScript. */
function scriptMemory(engine: Engine): Fields {
  const { scripting } = engine
  const { scripts, functions, scriptMachine, functionMachine } = scripting?.memory ?? NO_SCRIPTS
  const machines = scriptMachine + functionMachine
  return [
    ['used_memory_lua', scriptMachine],
    ['used_memory_vm_eval', scriptMachine],
    ['used_memory_lua_human', human(scriptMachine)],
    ['used_memory_scripts_eval', scripts],
    ['number_of_cached_scripts', scripting?.scripts.size ?? 0],
    ['number_of_functions', scripting?.functions.count ?? 0],
    ['number_of_libraries', scripting?.functions.libraries.size ?? 0],
    ['used_memory_vm_functions', functionMachine],
    ['used_memory_vm_total', machines],
    ['used_memory_vm_total_human', human(machines)],
    ['used_memory_functions', functions],
    ['used_memory_scripts', scripts + functions],
    ['used_memory_scripts_human', human(scripts + functions)],
  ]
}

const NO_SCRIPTS = { scripts: 0, functions: 0, scriptMachine: 0, functionMachine: 0 }

function persistence(engine: Engine): Fields {
  const hooks = engine.persistence
  const fields = new Map<string, string | number>([
    ['loading', flag(engine.loading || engine.importing)],
    ['async_loading', 0],
    ['current_cow_peak', 0],
    ['current_cow_size', 0],
    ['current_cow_size_age', 0],
    ['current_fork_perc', '0.00'],
    ['current_save_keys_processed', 0],
    ['current_save_keys_total', 0],
    ['rdb_changes_since_last_save', engine.dirty],
    ['rdb_bgsave_in_progress', flag(hooks?.saving ?? false)],
    ['rdb_last_save_time', hooks?.lastSave ?? Math.floor(engine.startedAt / 1000)],
    ['rdb_last_bgsave_status', hooks?.lastStatus ?? 'ok'],
    ['rdb_last_bgsave_time_sec', -1],
    ['rdb_current_bgsave_time_sec', -1],
    ['rdb_saves', 0],
    ['rdb_last_cow_size', 0],
    ['rdb_last_load_keys_expired', 0],
    ['rdb_last_load_keys_loaded', 0],
    ['aof_enabled', flag(hooks?.journalEnabled ?? false)],
    ['aof_rewrite_in_progress', flag(hooks?.rewriting ?? false)],
    ['aof_rewrite_scheduled', flag(hooks?.rewriteScheduled ?? false)],
    ['aof_last_rewrite_time_sec', -1],
    ['aof_current_rewrite_time_sec', -1],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_rewrites', 0],
    ['aof_rewrites_consecutive_failures', 0],
    ['aof_last_write_status', engine.refusal === null ? 'ok' : 'err'],
    ['aof_last_cow_size', 0],
    ['backup_in_progress', 0],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
  ])
  for (const [name, value] of Object.entries(hooks?.info ?? {})) fields.set(name, value)
  return [...fields]
}

function threads(engine: Engine): Fields {
  const { stats } = engine
  const { commandsProcessed } = stats
  return [
    [
      'io_thread_0',
      `clients=${engine.clients.size},reads=${commandsProcessed},writes=${commandsProcessed}`,
    ],
  ]
}

function stats(engine: Engine): Fields {
  const { stats, pubsub, tracking } = engine
  const cycles = stats.cyclesRate.perSecond
  const incompatible = ['cluster_incompatible_ops', stats.clusterIncompatible] as const
  return [
    ['total_connections_received', stats.connectionsReceived],
    ['total_commands_processed', stats.commandsProcessed],
    ['instantaneous_ops_per_sec', Math.round(stats.commands.perSecond)],
    ['total_net_input_bytes', stats.bytesIn],
    ['total_net_output_bytes', stats.bytesOut],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', engine.replicas.bytesOut],
    ['instantaneous_input_kbps', fixed(stats.input.perSecond / 1024)],
    ['instantaneous_output_kbps', fixed(stats.output.perSecond / 1024)],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', stats.connectionsRejected],
    ['sync_full', engine.replicas.handedOver],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_subkeys', stats.expiredSubkeys],
    ['expired_subkeys_active', stats.expiredSubkeysActive],
    ['expired_keys', stats.expiredKeys],
    ['expired_keys_active', stats.expiredKeysActive],
    ['expired_stale_perc', '0.00'],
    ['expired_time_cap_reached_count', stats.expirySlicesCutOff],
    ['expire_cycle_cpu_milliseconds', Math.round(stats.expiryMicros / 1000)],
    ['evicted_keys', stats.evictedKeys],
    ['evicted_clients', stats.evictedClients],
    ['evicted_scripts', engine.scripting?.scripts.evicted ?? 0],
    ['total_eviction_exceeded_time', 0],
    ['current_eviction_exceeded_time', 0],
    ['keyspace_hits', stats.keyspaceHits],
    ['keyspace_misses', stats.keyspaceMisses],
    ['pubsub_channels', pubsub.channels.size],
    ['pubsub_patterns', pubsub.patterns.size],
    ['pubsubshard_channels', pubsub.shardChannels.size],
    ['latest_fork_usec', 0],
    // Nothing is forked, but who waits for this number to grow waits for a snapshot to begin.
    ['total_forks', engine.persistence?.begun ?? 0],
    ['migrate_cached_sockets', engine.platform.describe?.().keptConnections ?? 0],
    ['slave_expires_tracked_keys', 0],
    ['active_defrag_hits', 0],
    ['active_defrag_misses', 0],
    ['active_defrag_key_hits', 0],
    ['active_defrag_key_misses', 0],
    ['total_active_defrag_time', 0],
    ['current_active_defrag_time', 0],
    ['tracking_total_keys', tracking.keys],
    ['tracking_total_items', tracking.items],
    ['tracking_total_prefixes', tracking.prefixCount],
    ['unexpected_error_replies', stats.unexpectedErrors],
    ['total_error_replies', stats.errorReplies],
    ['dump_payload_sanitizations', 0],
    ['total_reads_processed', stats.commandsProcessed],
    ['total_writes_processed', stats.commandsProcessed],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['io_threaded_total_prefetch_batches', 0],
    ['io_threaded_total_prefetch_entries', 0],
    ['client_query_buffer_limit_disconnections', stats.inputLimitDisconnections],
    ['client_output_buffer_limit_disconnections', stats.outputLimitDisconnections],
    ['reply_buffer_shrinks', 0],
    ['reply_buffer_expands', 0],
    ['eventloop_cycles', stats.cycles],
    ['eventloop_duration_sum', stats.busyMicros],
    ['eventloop_duration_cmd_sum', stats.commandMicros],
    ['instantaneous_eventloop_cycles_per_sec', Math.round(cycles)],
    [
      'instantaneous_eventloop_duration_usec',
      Math.round(stats.micros.perSecond / Math.max(1, cycles)),
    ],
    ['acl_access_denied_auth', stats.denials.auth],
    ['acl_access_denied_cmd', stats.denials.command],
    ['acl_access_denied_key', stats.denials.key],
    ['acl_access_denied_channel', stats.denials.channel],
    ['acl_access_denied_tls_cert', 0],
    ...(engine.oneSlot.active ? [incompatible] : []),
  ]
}

/** What is shown only to who asks for it by name. */
function debug({ stats }: Engine): Fields {
  return [
    ['eventloop_duration_aof_sum', 0],
    ['eventloop_duration_cron_sum', Math.round(stats.cronMicros)],
    ['eventloop_duration_max', Math.ceil(stats.longestMicros)],
    ['eventloop_cmd_per_cycle_max', stats.mostCommandsOfCycle],
  ]
}

function* replicasOf(engine: Engine): Iterable<Fields[number]> {
  const now = engine.now()
  let i = 0
  for (const [client, { port, acknowledged, heardAt, address }] of engine.replicas) {
    const ip = address === '' ? client.address.replace(/:\d+$/, '') : address
    const lag = secondsSince(heardAt, now)
    yield [`slave${i++}`, `ip=${ip},port=${port},state=online,offset=${acknowledged},lag=${lag}`]
  }
}

function replication(engine: Engine): Fields {
  return [
    ['role', 'master'],
    ['connected_slaves', engine.replicas.size],
    ...replicasOf(engine),
    ['master_failover_state', 'no-failover'],
    ['master_replid', engine.replicationId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', engine.replicas.offset],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', engine.config.get('repl-backlog-size')],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ]
}

function cpu(engine: Engine): Fields {
  const facts = engine.platform.describe?.() ?? {}
  const system = fixed(facts.cpuSystem ?? 0, 6)
  const user = fixed(facts.cpuUser ?? 0, 6)
  return [
    ['used_cpu_sys', system],
    ['used_cpu_user', user],
    ['used_cpu_sys_children', '0.000000'],
    ['used_cpu_user_children', '0.000000'],
    ['used_cpu_sys_main_thread', system],
    ['used_cpu_user_main_thread', user],
  ]
}

/** The percentiles that `latency-tracking-info-percentiles` asks for, in microseconds. */
function latencyStats(engine: Engine): Fields {
  if (!engine.config.yes('latency-tracking')) return []
  const asked = engine.config.get('latency-tracking-info-percentiles').split(' ')
  const shares = asked.filter((text) => text !== '')
  return engine.stats.each().flatMap((counts) => {
    const histogram = counts.histogram()
    if (histogram === null) return []
    const values = shares.map(
      (share) => `p${share}=${fixed(2 ** histogram.quantile(Number(share) / 100), 3)}`,
    )
    return [[`latency_percentiles_usec_${counts.command.fullName}`, values.join(',')]]
  })
}

function commandStats(engine: Engine): Fields {
  return engine.stats
    .each()
    .map(({ command, calls, usec, rejected, failed }) => [
      `cmdstat_${command.fullName}`,
      `calls=${calls},usec=${usec},usec_per_call=${fixed(calls === 0 ? 0 : usec / calls)},` +
        `rejected_calls=${rejected},failed_calls=${failed}`,
    ])
}

function errorStats(engine: Engine): Fields {
  return Array.from(engine.stats.errors, ([code, count]) => [`errorstat_${code}`, `count=${count}`])
}

/** Hashes with fields that expire: a walk through all keys, but only where there may be any. */
function volatileHashes(db: Database): number {
  if (db.fieldDeadlines.size === 0) return 0
  let count = 0
  db.entries.forEach((_, value) => {
    if (value instanceof Hash && value.expiry !== null) count++
  })
  return count
}

function keyspace(engine: Engine): Fields {
  const fields: [string, string][] = []
  for (const db of engine.keyspace.databases) {
    if (db.size === 0) continue
    const ttl = meanTtl(db, engine.now())
    fields.push([
      `db${db.index}`,
      `keys=${db.size},expires=${db.volatile},avg_ttl=${ttl},subexpiry=${volatileHashes(db)}`,
    ])
  }
  return fields
}

/** Keys that are looked at for the mean of their TTLs. */
const TTL_SAMPLES = 1000

function meanTtl(db: Database, now: number): number {
  if (db.volatile === 0) return 0
  let sum = 0
  let count = 0
  const end = Math.min(db.size, TTL_SAMPLES)
  for (let i = 0; i < end; i++) {
    const at = db.deadlineAt(i)
    if (at === NO_EXPIRY) continue
    sum += Math.max(0, at - now)
    count++
  }
  return count === 0 ? 0 : Math.floor(sum / count)
}

/** In the order in which they are printed. */
const SECTIONS: Readonly<Record<string, Section>> = {
  server: { title: 'Server', usual: true, fields: server },
  clients: { title: 'Clients', usual: true, fields: clients },
  memory: { title: 'Memory', usual: true, fields: memory },
  persistence: { title: 'Persistence', usual: true, fields: persistence },
  threads: { title: 'Threads', usual: true, fields: threads },
  stats: { title: 'Stats', usual: true, fields: stats },
  replication: { title: 'Replication', usual: true, fields: replication },
  cpu: { title: 'CPU', usual: true, fields: cpu },
  modules: { title: 'Modules', usual: true, fields: () => [] },
  commandstats: { title: 'Commandstats', usual: false, fields: commandStats },
  errorstats: { title: 'Errorstats', usual: true, fields: errorStats },
  latencystats: { title: 'Latencystats', usual: false, fields: latencyStats },
  cluster: { title: 'Cluster', usual: true, fields: () => [['cluster_enabled', 0]] },
  keyspace: { title: 'Keyspace', usual: true, fields: keyspace },
  debug: { title: 'Debug', usual: false, fields: debug },
}

/** The sections that these words ask for. */
function chosen(words: readonly string[]): Set<string> {
  const names = new Set<string>()
  for (const word of words.length === 0 ? ['default'] : words) {
    const name = word.toLowerCase()
    for (const [section, { usual }] of Object.entries(SECTIONS)) {
      const wanted =
        name === section ||
        (name === 'everything' && section !== 'debug') ||
        (name === 'all' && section !== 'modules' && section !== 'debug') ||
        (name === 'default' && usual)
      if (wanted) names.add(section)
    }
  }
  return names
}

export const INFO = command('info', {
  group: 'server',
  since: '1.0.0',
  summary: 'Facts and figures of the server.',
  complexity: 'O(1)',
  syntax: '[section...]',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  history: [['7.0.0', 'Takes several sections.']],
  reply: 'string',
  run(c, args) {
    const names = chosen(args.rest())
    const parts: string[] = []
    for (const [name, { title, fields }] of Object.entries(SECTIONS)) {
      if (!names.has(name)) continue
      const lines = fields(c.engine).map(([field, value]) => `${field}:${value}\r\n`)
      parts.push(`# ${title}\r\n${lines.join('')}`)
    }
    return new Verbatim(parts.join('\r\n'))
  },
})
