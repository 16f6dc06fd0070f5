/**
 * A whole server in one call: engine, data in a folder, TCP.
 *
 * What it logs at start-up are the lines that Redis's own tools and test suite wait for.
 */
import { mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../../core/errors.ts'
import { Engine } from '../../engine/engine.ts'
import { StoreError } from '../../persistence/errors.ts'
import { Persistence } from '../../persistence/persistence.ts'
import { full } from '../../presets/full.ts'
import type { ImportOptions } from '../../transfer/types.ts'
import { REDIS_VERSION, VERSION } from '../../version.ts'
import { loadUsers } from './acl-file.ts'
import type { Setting } from './conf.ts'
import { ConfigError } from './errors.ts'
import { formatOfName, importFile } from './files.ts'
import { explain, tellImported, tellLoaded, tellTruncated } from './loading.ts'
import { journalOf, snapshotsOf } from './places.ts'
import { type Log, nodePlatform, silent } from './platform.ts'
import { rewritesConf } from './rewrite.ts'
import { meaningOf, type Rename } from './settings.ts'
import { type Host, listen, type TcpServer } from './tcp.ts'

export interface ServerOptions {
  /** Options as in `redis.conf`; later ones win. */
  settings?: readonly Setting[]
  log?: Log
  /** The file that these options are from, for CONFIG REWRITE. */
  file?: string
  /** Take the data of this file or folder first: RDB, an append-only file, requests, JSON. */
  import?: { readonly path: string } & ImportOptions
  /** Keep what can be kept of damaged data instead of refusing to start; the log says what is lost. */
  repair?: boolean
  /** SHUTDOWN has done its part: end the process. */
  onShutdown?: () => void
}

export interface RespiteServer {
  readonly engine: Engine
  readonly persistence: Persistence
  /** The TCP port in use; 0: none. */
  readonly port: number
  /** Save as Redis does on SIGTERM, unless told otherwise, and stop. Rejects if saving failed. */
  close(options?: { save?: boolean }): Promise<void>
}

/** Redis listens everywhere and then refuses strangers (protected mode); this asks to be told. */
const LOOPBACK = '127.0.0.1 -::1'

/** Who comes while little is being loaded waits for it; after this long they are told LOADING instead. */
const LOADING_AFTER_MS = 500

/**
 * Start a server. Rejects with `ConfigError` (an option is wrong), `ListenError` (the address cannot
 * be had) or `StoreError` (the data cannot be read); nothing is left running then.
 */
export async function startServer(options: ServerOptions = {}): Promise<RespiteServer> {
  const log = options.log ?? silent
  const { config: chosen, users, renames } = meaningOf(options.settings ?? [])
  const engine = makeEngine(chosen, log, options.file)
  rename(engine, renames)
  loadUsers(engine.acl, engine.config, users)
  const { config } = engine
  log('notice', `Respite ${VERSION} (Redis ${REDIS_VERSION}) starting, PID: ${process.pid}`)
  // Whoever comes while the data are being loaded is told so.
  engine.loading = true
  const persistence = dataOf(engine, log, options)
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const server = await listen(engine, {
    open: opened,
    port: config.int('port'),
    hosts: hostsOf(config.get('bind')),
    path: config.get('unixsocket'),
    mode: Number.parseInt(config.get('unixsocketperm'), 8),
  })
  if (server.port !== 0) config.set('port', `${server.port}`)
  listensWhereTold(engine, server, log)
  if (options.file !== undefined) rewritesConf(engine, resolve(options.file))
  engine.start()
  log('notice', 'Server initialized')
  warn(engine, log)
  let closing: Promise<void> | null = null
  const close = (how: { save?: boolean } = {}): Promise<void> => {
    closing ??= (async () => {
      log('notice', 'User requested shutdown...')
      engine.stop()
      await server.close()
      await persistence.close(how)
      log('notice', 'Respite is now ready to exit, bye bye...')
    })()
    return closing
  }
  engine.onShutdown = (save) => {
    void close({ save }).then(options.onShutdown, (error: unknown) => {
      log('warning', `Shutdown: ${String(error)}`)
      options.onShutdown?.()
    })
  }
  const patience = setTimeout(open, LOADING_AFTER_MS)
  try {
    await load(engine, persistence, log, options)
  } catch (error) {
    engine.stop()
    await server.close()
    throw error
  } finally {
    clearTimeout(patience)
    open()
  }
  log('notice', `Ready to accept connections tcp`)
  return {
    engine,
    persistence,
    get port() {
      return server.port
    },
    close,
  }
}

function rename({ dispatcher }: Engine, renames: readonly Rename[]): void {
  for (const { from, to, setting } of renames) {
    try {
      dispatcher.rename(from, to)
    } catch (error) {
      if (error instanceof CommandError) throw new ConfigError(error.message, setting[2])
      throw error
    }
  }
}

function makeEngine(config: Record<string, string>, log: Log, file: string | undefined): Engine {
  try {
    const dir = resolve(config.dir ?? '.')
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory())
      mkdirSync(dir, { recursive: true })
    return new Engine({
      platform: nodePlatform(log, file === undefined ? undefined : resolve(file)),
      commands: full,
      config: { bind: LOOPBACK, ...config, dir },
    })
  } catch (error) {
    if (error instanceof CommandError) throw new ConfigError(error.message)
    throw error
  }
}

function dataOf(engine: Engine, log: Log, options: ServerOptions): Persistence {
  return new Persistence(engine, journalOf(engine), {
    ...snapshotsOf(engine, () => log('notice', 'DB saved on disk')),
    ...(options.repair === true ? { repair: 'truncate' } : {}),
    onEvent(event) {
      // What goes wrong with loading is explained when it has ended.
      const told = event.type === 'error' && !engine.importing
      if (told || event.type === 'fenced') log('warning', event.error.message)
      if (event.type === 'truncated') tellTruncated(log, event.truncation)
    },
  })
}

async function load(
  engine: Engine,
  persistence: Persistence,
  log: Log,
  options: ServerOptions,
): Promise<void> {
  const started = engine.platform.micros()
  // Whoever comes meanwhile is told that it is loading, until the last file has been read.
  engine.importing = true
  try {
    await persistence.start()
    const seconds = (engine.platform.micros() - started) / 1e6
    const { leftOut } = persistence
    if (leftOut !== null) tellLoaded(engine, log, seconds, leftOut)
    await takeFile(engine, log, options)
  } catch (error) {
    if (error instanceof StoreError) explain(engine, log, error)
    await persistence.close({ save: false })
    throw error
  } finally {
    engine.importing = false
  }
}

/** Tools look for these words. */
function warn({ acl, config }: Engine, log: Log): void {
  if (!acl.passwordless) return
  const open = 'WARNING: Redis does not require authentication'
  const everywhere = config.get('bind').split(' ').includes('*')
  if (config.yes('protected-mode')) log('warning', `${open}: every local client may do everything.`)
  else if (!everywhere) {
    log('warning', `${open}: who reaches the configured network interface may do everything.`)
  } else {
    log(
      'warning',
      `${open} and is not protected by network restrictions: everybody may do everything.`,
    )
  }
}

/** What is to be imported. */
async function takeFile(
  engine: Engine,
  log: Log,
  { import: wanted, repair = false }: ServerOptions,
): Promise<void> {
  if (wanted === undefined) return
  // Nobody sees the data before all of them are there. Only requests run as those of a client.
  engine.loading = formatOfName(wanted.path) !== 'resp'
  const { path, ...rest } = wanted
  const report = await importFile(engine, path, { repair, starting: engine.loading, ...rest })
  engine.loading = false
  tellImported(log, report)
}

/** Let CONFIG SET move the server. */
function listensWhereTold(engine: Engine, server: TcpServer, log: Log): void {
  const { config } = engine
  let port = config.int('port')
  engine.onListen = (done) => {
    const place = { port: config.int('port'), hosts: hostsOf(config.get('bind')) }
    server.move(place).then(
      () => {
        port = place.port
        done(null)
      },
      (error: unknown) => {
        log('warning', (error as Error).message)
        done(place.port === port ? 'bind' : 'port')
      },
    )
  }
}

/** `bind` as redis.conf has it: `*` for all, and `-` in front of an address that may be missing. */
const hostsOf = (bind: string): Host[] =>
  bind
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const optional = word.startsWith('-')
      const name = optional ? word.slice(1) : word
      if (name === '*') return { host: '0.0.0.0', optional }
      return { host: name === '::*' ? '::' : name, optional }
    })
