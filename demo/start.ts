/**
 * `npm start`: builds the playground, serves it, and starts a TCP server beside it.
 *
 * The two do not share data: the playground keeps its own in the browser, the server in a folder.
 */
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { lineLog } from '../src/runtimes/node/log.ts'
import { startServer } from '../src/runtimes/node/server.ts'
import { serveFolder } from './serve.ts'

const HELP = `Usage: npm start -- [options]

Builds and serves the playground, and starts a Redis server on TCP.

  --port N       TCP port of the server (6379)
  --http-port N  port of the playground (8080)
  --bind ADDR    address for both (127.0.0.1)
  --dir PATH     folder where the server keeps its data (./respite-data)
  --memory       keep nothing: the server's data ends with it
  --help         this text

Port 0 takes a free one.
`

interface Choice {
  port: number
  httpPort: number
  bind: string
  dir: string
  memory: boolean
}

/** The choice that the flags make, or null for --help. Throws with a line for the user. */
function choose(argv: readonly string[]): Choice | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: '6379' },
      'http-port': { type: 'string', default: '8080' },
      bind: { type: 'string', default: '127.0.0.1' },
      dir: { type: 'string', default: './respite-data' },
      memory: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  return {
    port: portOf('--port', values.port),
    httpPort: portOf('--http-port', values['http-port']),
    bind: values.bind,
    dir: values.dir,
    memory: values.memory,
  }
}

function portOf(flag: string, text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new Error(`${flag} takes a number up to 65535`)
  return port
}

const log = lineLog('notice', (line) => process.stdout.write(line))

async function start({ port, httpPort, bind, dir, memory }: Choice): Promise<void> {
  await build({ mode: 'demo', logLevel: 'warn' })
  const page = await serveFolder('demo-dist', httpPort, bind).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${httpPort} of ${bind} is taken: choose another with --http-port`)
  })
  const server = await startServer({
    settings: [
      ['port', [String(port)]],
      ['bind', [bind]],
      ['dir', [dir]],
      ['appendonly', [memory ? 'no' : 'yes']],
      ...(memory ? ([['save', ['']]] as const) : []),
    ],
    log,
    onShutdown: () => process.exit(0),
  }).catch(async (error: unknown) => {
    await page.close()
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} of ${bind} is taken: choose another with --port`)
  })
  console.log(`\n  playground   http://${bind}:${page.port}/`)
  console.log(`  server       redis://${bind}:${server.port}   (redis-cli -p ${server.port})\n`)
  const end = (): void => {
    void Promise.all([page.close(), server.close()]).then(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

try {
  const choice = choose(process.argv.slice(2))
  if (choice === null) process.stdout.write(HELP)
  else await start(choice)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
