/** `server PORT`: a server with nothing saved, as `respite-server` starts it; lives until killed. */
import { startServer } from '../../../src/runtimes/node/index.ts'

const [port] = process.argv.slice(2) as [string]
await startServer({
  settings: [
    ['port', [port]],
    ['bind', ['127.0.0.1']],
    ['save', ['']],
    ['appendonly', ['no']],
  ],
})
console.log('ready')
