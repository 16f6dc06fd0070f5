/**
 * The title of the process, as `ps` shows it: made of `proc-title-template`. The system has as much room for
 * it as the command line has taken; what does not fit is cut off.
 */
import { resolve } from 'node:path'
import type { Engine } from '../../engine/engine.ts'

/** What the title depends on. */
const OPTIONS = ['proc-title-template', 'port', 'bind'] as const

/** Keep the title of this process as the options say. */
export function titlesProcess(engine: Engine, file: string | undefined): void {
  const { config } = engine
  if (!config.yes('set-proc-title')) return
  let started = false
  const title = (): void => {
    if (started) process.title = titleOf(engine, process.argv[1] ?? process.title, file)
  }
  for (const name of OPTIONS) config.follow(name, title)
  started = true
  title()
}

/** https://redis.io/docs/latest/operate/oss_and_stack/management/config/ */
export function titleOf({ config }: Engine, program: string, file: string | undefined): string {
  const [host = '*'] = config.get('bind').split(' ')
  const port = config.get('port')
  const socket = config.get('unixsocket')
  const words: Readonly<Record<string, string>> = {
    title: program,
    'listen-addr': port === '0' && socket !== '' ? socket : `${host}:${port}`,
    'server-mode': '',
    port,
    'tls-port': '0',
    unixsocket: socket,
    'config-file': file === undefined ? '' : resolve(file),
  }
  const title = config.get('proc-title-template')
  return title.replace(/\{([^{}]*)\}/g, (_, word) => words[word] ?? '').trim()
}
