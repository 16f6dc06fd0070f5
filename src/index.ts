/** `respite`: the engine, and a client of it that keeps its data in memory. */
export type { AbortSignalLike, Arg, CallOptions } from './client/arguments.ts'
export type { ClientEvents, ClientOptions } from './client/core.ts'
export {
  AbortError,
  ClosedError,
  OverflowError,
  OwnershipError,
  ReplyError,
  StorageError,
  TimeoutError,
} from './client/errors.ts'
export type { Link, LinkState, LinkStatus } from './client/link.ts'
export { type LiveValue, LiveView } from './client/live.ts'
export type { Outcome, Outcomes, Pipeline } from './client/pipeline.ts'
export { RedisClient } from './client/redis.ts'
export type { BlobLike, ImportFile, ImportSource, StreamLike } from './client/sources.ts'
export { type Message, Subscription } from './client/subscriptions.ts'
export type { SyncFace } from './client/sync.ts'
export type { Commands } from './client/typed.ts'
export { type Command, command, type Definition, type Groups } from './core/command.ts'
export { CommandError } from './core/errors.ts'
export type { Reply } from './core/reply.ts'
export type { Client, Peer, Sink } from './engine/client.ts'
export { Engine, type EngineOptions } from './engine/engine.ts'
export type { LogLevel, Platform } from './engine/platform.ts'
export { full } from './presets/full.ts'
export { type EngineChoices, startEngine } from './runtimes/engine.ts'
export { type MemoryOptions, Redis } from './runtimes/memory.ts'
export { webPlatform } from './runtimes/web.ts'
export type { ScriptFlag } from './scripting/flags.ts'
export {
  CallError,
  type HostArgument,
  type HostFunction,
  type HostFunctionOptions,
  type HostValue,
  type RedisCalls,
} from './scripting/host.ts'
export {
  type ExportOptions,
  type ImportOptions,
  type ImportReport,
  TransferError,
  type TransferErrorCode,
  type TransferFormat,
  type TransferProgress,
} from './transfer/types.ts'
export { REDIS_VERSION, VERSION } from './version.ts'
