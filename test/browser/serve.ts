/** The playground as it is deployed: built, static, under its Content-Security-Policy. */
import { chdir } from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { serveFolder } from '../../demo/serve.ts'
import { PORT } from './place.ts'

chdir(fileURLToPath(new URL('../..', import.meta.url)))
await build({ mode: 'demo', logLevel: 'warn' })
await serveFolder('demo-dist', PORT, 'localhost')
