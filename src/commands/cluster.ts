/**
 * The cluster's commands as a server answers that is none of a cluster: it knows them, as clients that look
 * for a cluster and rules of ACL expect, and refuses them.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/scaling/
 */
import { command, type Definition } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'

const disabled = new CommandError('This instance has cluster support disabled')

const OFF = {
  group: 'cluster',
  complexity: 'O(1)',
  syntax: '',
  reply: 'unknown',
  run() {
    throw disabled
  },
} satisfies Partial<Definition>

/** What changes the cluster. */
const ADMIN = {
  ...OFF,
  flags: ['admin', 'stale', 'no_async_loading'],
} satisfies Partial<Definition>
/** What asks about it; the answer differs from time to time. */
const ASKS = {
  ...OFF,
  flags: ['stale'],
  tips: ['nondeterministic_output'],
} satisfies Partial<Definition>

const ADDSLOTS = command('addslots', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Take slots over.',
  complexity: 'O(N) where N is the total number of hash slot arguments',
  syntax: 'slot:integer...',
  arity: -3,
})

const ADDSLOTSRANGE = command('addslotsrange', {
  ...ADMIN,
  since: '7.0.0',
  summary: 'Take ranges of slots over.',
  complexity:
    'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
  syntax: '{range: start-slot:integer end-slot:integer}...',
  arity: -4,
})

const BUMPEPOCH = command('bumpepoch', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Raise the epoch of the configuration.',
  arity: 2,
  tips: ['nondeterministic_output'],
})

const COUNT_FAILURE_REPORTS = command('count-failure-reports', {
  ...OFF,
  since: '3.0.0',
  summary: 'How many nodes report that one has failed.',
  complexity: 'O(N) where N is the number of failure reports',
  syntax: 'node-id',
  arity: 3,
  flags: ['admin', 'stale'],
  tips: ['nondeterministic_output'],
})

const COUNTKEYSINSLOT = command('countkeysinslot', {
  ...OFF,
  since: '3.0.0',
  summary: 'How many keys a slot has.',
  syntax: 'slot:integer',
  arity: 3,
  flags: ['stale'],
})

const DELSLOTS = command('delslots', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Give slots up.',
  complexity: 'O(N) where N is the total number of hash slot arguments',
  syntax: 'slot:integer...',
  arity: -3,
})

const DELSLOTSRANGE = command('delslotsrange', {
  ...ADMIN,
  since: '7.0.0',
  summary: 'Give ranges of slots up.',
  complexity:
    'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
  syntax: '{range: start-slot:integer end-slot:integer}...',
  arity: -4,
})

const FAILOVER = command('failover', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Have a replica take the place of its primary.',
  syntax: '[options: FORCE | TAKEOVER]',
  arity: -2,
})

const FLUSHSLOTS = command('flushslots', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Give all slots up.',
  arity: 2,
})

const FORGET = command('forget', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Forget a node.',
  syntax: 'node-id',
  arity: 3,
})

const GETKEYSINSLOT = command('getkeysinslot', {
  ...ASKS,
  since: '3.0.0',
  summary: 'Some keys of a slot.',
  complexity: 'O(N) where N is the number of requested keys',
  syntax: 'slot:integer count:integer',
  arity: 4,
})

const HELP = command('help', {
  ...OFF,
  since: '5.0.0',
  summary: 'What CLUSTER can do.',
  arity: 2,
  flags: ['loading', 'stale'],
})

const INFO = command('info', {
  ...ASKS,
  since: '3.0.0',
  summary: 'How the cluster is.',
  arity: 2,
})

const KEYSLOT = command('keyslot', {
  ...OFF,
  since: '3.0.0',
  summary: 'The slot of a key.',
  complexity: 'O(N) where N is the number of bytes in the key',
  syntax: 'key:string',
  arity: 3,
  flags: ['stale'],
})

const LINKS = command('links', {
  ...ASKS,
  since: '7.0.0',
  summary: 'Connections to the other nodes.',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  arity: 2,
})

const MEET = command('meet', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Join another node.',
  syntax: 'ip port:integer [cluster-bus-port:integer@4.0.0]',
  arity: -4,
  history: [['4.0.0', 'The port of the bus may be named.']],
})

const MIGRATION = command('migration', {
  ...ADMIN,
  since: '8.4.0',
  summary: 'Begin, watch and give up the migration of slots to this server.',
  complexity:
    'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
  syntax:
    '{subcommand: IMPORT {import: start-slot:integer end-slot:integer}... | CANCEL {cancel: ID task-id | ALL} | ' +
    'STATUS {status: [ID task-id] | [ALL]}}',
  arity: -4,
})

const MYID = command('myid', {
  ...OFF,
  since: '3.0.0',
  summary: 'The id of this node.',
  arity: 2,
  flags: ['stale'],
})

const MYSHARDID = command('myshardid', {
  ...ASKS,
  since: '7.2.0',
  summary: 'The id of the shard of this node.',
  arity: 2,
})

const NODES = command('nodes', {
  ...ASKS,
  since: '3.0.0',
  summary: 'All nodes that this one knows.',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  arity: 2,
})

const REPLICAS = command('replicas', {
  ...OFF,
  since: '5.0.0',
  summary: 'The replicas of a primary.',
  complexity: 'O(N) where N is the number of replicas.',
  syntax: 'node-id',
  arity: 3,
  flags: ['admin', 'stale'],
  tips: ['nondeterministic_output'],
})

const REPLICATE = command('replicate', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Become the replica of a node.',
  syntax: 'node-id',
  arity: 3,
})

const RESET = command('reset', {
  ...OFF,
  since: '3.0.0',
  summary: 'Leave the cluster.',
  complexity:
    'O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.',
  syntax: '[reset-type: HARD | SOFT]',
  arity: -2,
  flags: ['admin', 'stale', 'noscript'],
})

const SAVECONFIG = command('saveconfig', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Write the configuration of the cluster.',
  arity: 2,
})

const SET_CONFIG_EPOCH = command('set-config-epoch', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Set the epoch of a new node.',
  syntax: 'config-epoch:integer',
  arity: 3,
})

const SETSLOT = command('setslot', {
  ...ADMIN,
  since: '3.0.0',
  summary: 'Say who owns a slot.',
  syntax:
    'slot:integer {subcommand: IMPORTING importing | MIGRATING migrating | NODE node | STABLE}',
  arity: -4,
})

const SHARDS = command('shards', {
  ...OFF,
  since: '7.0.0',
  summary: 'Which node serves which slots.',
  complexity: 'O(N) where N is the total number of cluster nodes',
  arity: 2,
  flags: ['loading', 'stale'],
  tips: ['nondeterministic_output'],
})

const SLAVES = command('slaves', {
  ...OFF,
  since: '3.0.0',
  summary: 'The replicas of a primary.',
  complexity: 'O(N) where N is the number of replicas.',
  syntax: 'node-id',
  arity: 3,
  flags: ['admin', 'stale'],
  tips: ['nondeterministic_output'],
  deprecated: { since: '5.0.0', replacedBy: '`CLUSTER REPLICAS`' },
})

const SLOT_STATS = command('slot-stats', {
  ...OFF,
  since: '8.2.0',
  summary: 'How much the slots of this server are used.',
  complexity:
    'O(N) where N is the total number of slots based on arguments. O(N*log(N)) with ORDERBY subcommand.',
  syntax:
    '{filter: SLOTSRANGE {slotsrange: start-slot:integer end-slot:integer} | ' +
    'ORDERBY {orderby: metric [LIMIT limit:integer] [order: ASC | DESC]}}',
  arity: -4,
  flags: ['stale', 'loading'],
  tips: ['nondeterministic_output', 'request_policy:all_shards'],
})

const SYNCSLOTS = command('syncslots', {
  ...ADMIN,
  since: '8.4.0',
  summary: 'Between servers of a cluster, while slots migrate.',
  arity: -3,
  syntax:
    '{subcommand: SYNC {sync: task-id {slot-range: start-slot:integer end-slot:integer}...} | RDBCHANNEL task-id | ' +
    'SNAPSHOT-EOF | STREAM-EOF | ACK {ack: state offset:integer} | FAIL error | CONF {conf: option... value...}}',
  tips: ['nondeterministic_output'],
})

const SLOTS = command('slots', {
  ...OFF,
  since: '3.0.0',
  summary: 'Which node serves which slots.',
  complexity: 'O(N) where N is the total number of Cluster nodes',
  arity: 2,
  flags: ['loading', 'stale'],
  tips: ['nondeterministic_output'],
  deprecated: { since: '7.0.0', replacedBy: '`CLUSTER SHARDS`' },
  history: [
    ['4.0.0', 'Ids of nodes.'],
    ['7.0.0', 'More about each node.'],
  ],
})

export const CLUSTER = command('cluster', {
  group: 'cluster',
  since: '3.0.0',
  summary: 'What belongs to a cluster.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [
    ADDSLOTS,
    ADDSLOTSRANGE,
    BUMPEPOCH,
    COUNT_FAILURE_REPORTS,
    COUNTKEYSINSLOT,
    DELSLOTS,
    DELSLOTSRANGE,
    FAILOVER,
    FLUSHSLOTS,
    FORGET,
    GETKEYSINSLOT,
    HELP,
    INFO,
    KEYSLOT,
    LINKS,
    MEET,
    MIGRATION,
    MYID,
    MYSHARDID,
    NODES,
    REPLICAS,
    REPLICATE,
    RESET,
    SAVECONFIG,
    SET_CONFIG_EPOCH,
    SETSLOT,
    SHARDS,
    SLAVES,
    SLOTS,
    SLOT_STATS,
    SYNCSLOTS,
  ],
  reply: 'unknown',
})

export const READONLY = command('readonly', {
  ...OFF,
  since: '3.0.0',
  summary: 'Read from a replica in a cluster.',
  arity: 1,
  flags: ['fast', 'loading', 'stale'],
  categories: ['connection'],
})

export const READWRITE = command('readwrite', {
  ...OFF,
  since: '3.0.0',
  summary: 'Read from the primary again.',
  arity: 1,
  flags: ['fast', 'loading', 'stale'],
  categories: ['connection'],
})

export const ASKING = command('asking', {
  ...OFF,
  since: '3.0.0',
  summary: 'The next request follows an ASK.',
  arity: 1,
  flags: ['fast'],
  categories: ['connection'],
})

export const TRIMSLOTS = command('trimslots', {
  ...OFF,
  group: 'server',
  since: '8.4.0',
  summary: 'Remove the keys of slots.',
  complexity: 'O(N) where N is the total number of keys in all databases',
  syntax: 'RANGES {ranges: numranges:integer {slots: startslot:integer endslot:integer}...}',
  arity: -5,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
})
