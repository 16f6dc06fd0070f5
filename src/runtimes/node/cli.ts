#!/usr/bin/env node
/** `respite-server`: redis-server's flags in front of `startServer`. */
import { createWriteStream } from 'node:fs'
import type { Engine } from '../../engine/engine.ts'
import type { LogLevel } from '../../engine/platform.ts'
import { REDIS_VERSION, VERSION } from '../../version.ts'
import { startEngine } from '../engine.ts'
import { confOfFlags, parseConf, type Setting } from './conf.ts'
import { ConfigError } from './errors.ts'
import { exportFile, importFile } from './files.ts'
import { tellImported } from './loading.ts'
import { lineLog } from './log.ts'
import { type Log, nodePlatform } from './platform.ts'
import { type ServerOptions, startServer } from './server.ts'
import { meaningOf, readConf } from './settings.ts'
import { titlesProcess } from './title.ts'

const HELP = `Usage: respite-server [/path/to/redis.conf | -] [--option value ...] ...

A Redis server in JavaScript. Options are those of redis.conf; flags win over the file.

  --port N               TCP port (6379; 0 takes a free one)
  --bind ADDR ...        addresses to listen on (127.0.0.1)
  --dir PATH             folder for the data (.)
  --appendonly yes|no    keep a journal of every write (no)
  --appendfsync always|everysec|no
                         when the journal must be on the disk (everysec)
  --save 'SECONDS CHANGES ...'
                         when to write a snapshot ('3600 1 300 100 60 10000'; '' for never)
  --import PATH          take the data of a file first: RDB, an append-only file or folder, requests, JSON
  --import-mode replace|overwrite|keep
                         what becomes of the data that are there (replace)
  --until MILLISECONDS   of an append-only file: what was done until then
  --export PATH          write all data to a file (.rdb .aof .json .resp), and end; with --import and
                         without --dir, only what is imported: one file becomes another
  --rdb-version N        the version of RDB that is written (10 for Redis 7.0)
  --fix                  repair damaged data, say what is lost, and end
  --requirepass WORD     password of the default user
  --databases N          number of databases (16)
  --loglevel debug|verbose|notice|warning
  --logfile PATH         where to log; empty for standard output
  -v, --version          print the version
  -h, --help             print this text

Examples:
  respite-server
  respite-server /etc/redis/redis.conf --port 7000
  respite-server --port 7000 --appendonly yes --appendfsync always --dir ./data
`

function settingsOf(argv: readonly string[]): Setting[] {
  const [first, ...rest] = argv
  if (first === undefined || first.startsWith('--')) return parseConf(`\n${confOfFlags(argv)}`)
  // A lone dash reads the configuration from standard input, as redis-server does.
  return parseConf(`${readConf(first === '-' ? 0 : first)}\n${confOfFlags(rest)}`)
}

/** The configuration file, if there is one that can be written. */
function confOf([first]: readonly string[]): string | undefined {
  return first === undefined || first === '-' || first.startsWith('--') ? undefined : first
}

/** A wrong line, as redis-server shows it: scripts look for these words. */
const explain = ({ message, place }: ConfigError): string =>
  `
*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***
Reading the configuration file, at line ${place?.line}
>>> '${place?.text}'
${message}`

/** Flags that are about files; they are no options of the server. */
const FILE_FLAGS: readonly string[] = [
  'import',
  'import-mode',
  'until',
  'export',
  'rdb-version',
  'fix',
]

/** What they say, and the rest of the words. */
function takeFileFlags(argv: readonly string[]): { flags: Map<string, string>; rest: string[] } {
  const flags = new Map<string, string>()
  const rest: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const [, name = '', given] = /^--([\w-]+)(?:=(.*))?$/s.exec(argv[i] as string) ?? []
    if (!FILE_FLAGS.includes(name)) rest.push(argv[i] as string)
    else if (name === 'fix') flags.set(name, '')
    else {
      const value = given ?? argv[++i]
      if (value === undefined) throw new ConfigError(`--${name} needs a value`)
      flags.set(name, value)
    }
  }
  return { flags, rest }
}

function numberOf(flags: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = flags.get(name)
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new ConfigError(`--${name} must be a number`)
  return Number(text)
}

const MODES = ['replace', 'overwrite', 'keep'] as const

function importOf(flags: ReadonlyMap<string, string>): Pick<ServerOptions, 'import' | 'repair'> {
  const repair = flags.has('fix') ? { repair: true } : {}
  const path = flags.get('import')
  if (path === undefined) return repair
  const given = flags.get('import-mode') ?? 'replace'
  const mode = MODES.find((one) => one === given)
  if (mode === undefined) throw new ConfigError(`--import-mode must be one of ${MODES.join(', ')}`)
  const until = numberOf(flags, 'until')
  return { ...repair, import: { path, mode, ...(until === undefined ? {} : { until }) } }
}

async function writeFile(
  engine: Engine,
  flags: ReadonlyMap<string, string>,
  path: string,
  log: Log,
): Promise<void> {
  const version = numberOf(flags, 'rdb-version')
  await exportFile(engine, path, version === undefined ? {} : { version })
  log('notice', `Exported ${engine.keyspace.size} keys to ${path}`)
}

/** Make one file of another; whatever data lie about are left alone. */
async function convert(
  config: Readonly<Record<string, string>>,
  flags: ReadonlyMap<string, string>,
  to: string,
  log: Log,
): Promise<void> {
  const { import: wanted, repair = false } = importOf(flags)
  const { path, ...options } = wanted as NonNullable<ServerOptions['import']>
  const engine = startEngine({ platform: nodePlatform(log), config })
  try {
    tellImported(log, await importFile(engine, path, { repair, ...options }))
    await writeFile(engine, flags, to, log)
  } finally {
    engine.stop()
  }
}

async function main(words: readonly string[]): Promise<void> {
  const { flags, rest: argv } = takeFileFlags(words)
  if (argv.some((word) => word === '-h' || word === '--help')) {
    process.stdout.write(HELP)
    return
  }
  if (argv.some((word) => word === '-v' || word === '--version')) {
    console.log(`Respite server v=${VERSION} redis=${REDIS_VERSION} node=${process.versions.node}`)
    return
  }
  const settings = settingsOf(argv)
  const { config } = meaningOf(settings)
  if (config.daemonize === 'yes') {
    throw new ConfigError('daemonize is not possible here: start it in the background instead')
  }
  const { logfile = '' } = config
  const output = logfile === '' ? process.stdout : createWriteStream(logfile, { flags: 'a' })
  let level = (config.loglevel ?? 'notice') as LogLevel
  const log = lineLog(
    () => level,
    (line) => output.write(line),
  )
  const exit = (code: number): void => {
    if (output === process.stdout) process.exit(code)
    else output.end(() => process.exit(code))
  }
  const file = confOf(argv)
  const exportTo = flags.get('export')
  if (exportTo !== undefined && flags.has('import') && config.dir === undefined) {
    await convert(config, flags, exportTo, log)
    exit(0)
    return
  }
  const ends = exportTo !== undefined || flags.has('fix')
  // What only reads and writes files listens nowhere.
  if (ends) settings.push(['port', ['0']])
  const server = await startServer({
    settings,
    log,
    ...importOf(flags),
    onShutdown: () => exit(0),
    ...(file === undefined ? {} : { file }),
  })
  server.engine.config.follow('loglevel', (now) => {
    level = now as LogLevel
  })
  if (ends) {
    if (exportTo !== undefined) await writeFile(server.engine, flags, exportTo, log)
    await server.close({ save: false })
    exit(0)
    return
  }
  titlesProcess(server.engine, file)
  const end = (signal: string): void => {
    log('warning', `Received ${signal} scheduling shutdown...`)
    server.close().then(
      () => exit(0),
      (error: unknown) => {
        log('warning', `Could not save before exit: ${String(error)}`)
        exit(1)
      },
    )
  }
  process.once('SIGTERM', () => end('SIGTERM'))
  process.once('SIGINT', () => end('SIGINT'))
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // What a user can do something about is a line; a defect is a stack.
  const expected = error instanceof Error && 'code' in error
  const known = error instanceof ConfigError || expected
  if (error instanceof ConfigError && error.place !== undefined) console.error(explain(error))
  else console.error(known ? `respite-server: ${(error as Error).message}` : error)
  process.exit(1)
})
