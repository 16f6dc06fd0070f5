/** `start VARIANT`: from the start of the process to the first reply, and an engine in warm code. */
import { say } from './common.ts'

const [variant] = process.argv.slice(2) as [string]

if (variant === 'mock') {
  const { default: IoredisMock } = await import('ioredis-mock')
  const begin = async (): Promise<void> => {
    await new IoredisMock().set('key', 'value')
  }
  await begin()
  say({ process: performance.now(), warm: await warm(begin) })
} else {
  const { startEngine } = await import('../../../src/index.ts')
  const begin = async (): Promise<void> => {
    const engine = startEngine()
    const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
    engine.execute(client, ['SET', 'key', 'value'])
    engine.stop()
  }
  await begin()
  say({ process: performance.now(), warm: await warm(begin) })
}
process.exit(0)

async function warm(begin: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 100; i++) {
    const from = performance.now()
    await begin()
    times.push(performance.now() - from)
  }
  return times.sort((a, b) => a - b)[50] as number
}
