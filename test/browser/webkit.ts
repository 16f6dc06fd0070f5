/** WebKitGTK, which Playwright does not drive: a session of W3C WebDriver with scripts and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { freePort } from '../helpers/server.ts'

const DRIVER = process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver'
const BROWSER = process.env.WEBKIT ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

export interface WebKit {
  open(url: string): Promise<void>
  /** Run the body of an async function in the page. Rejects with what it throws. */
  evaluate<T>(body: string, ...args: readonly unknown[]): Promise<T>
  close(): Promise<void>
}

/** Start one, on a display of its own. Rejects if it cannot be had. */
export async function startWebKit(): Promise<WebKit> {
  const port = await freePort()
  // A group of its own: the display and the driver end together.
  const child = spawn('xvfb-run', ['-a', DRIVER, `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
  })
  const end = (): void => kill(child)
  process.once('exit', end)
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { value } = (await response.json()) as { value: unknown }
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }
  await listening(child, () => ask('GET', '/status'))
  const options = { binary: BROWSER, args: ['--automation'] }
  const { sessionId } = (await ask('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  })) as { sessionId: string }
  const session = `/session/${sessionId}`
  await ask('POST', `${session}/timeouts`, { script: 60_000 })
  return {
    async open(url) {
      await ask('POST', `${session}/url`, { url })
    },
    async evaluate<T>(body: string, ...args: readonly unknown[]) {
      const script = `const args = [...arguments]; const done = args.pop()
        const run = async () => { ${body} }
        run().then((value) => done({ value }), (error) => done({ error: String(error) }))`
      const outcome = (await ask('POST', `${session}/execute/async`, { script, args })) as {
        value?: T
        error?: string
      }
      if (outcome.error !== undefined) throw new Error(outcome.error)
      return outcome.value as T
    },
    async close() {
      await ask('DELETE', session).catch(() => {})
      process.removeListener('exit', end)
      end()
    },
  }
}

async function listening(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  let problem: unknown = null
  child.once('error', (error) => {
    problem = error
  })
  for (let tries = 0; tries < 200; tries++) {
    if (problem !== null) throw problem
    try {
      await ask()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('the driver of WebKit does not answer')
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended.
  }
}
