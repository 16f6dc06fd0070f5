/**
 * The playground as it is deployed: built, static, under its Content-Security-Policy. Beside it, under
 * `/lab/`, the page in which tests use the library itself; it is never deployed.
 */
import { chdir } from 'node:process'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build } from 'vite'
import { serveFolder } from '../../demo/serve.ts'
import { PORT } from './place.ts'

chdir(fileURLToPath(new URL('../..', import.meta.url)))
const site = fileURLToPath(new URL('../../test-results/site', import.meta.url))
await build({ mode: 'demo', logLevel: 'warn', build: { outDir: site } })
await build({
  configFile: false,
  root: 'test/browser/lab',
  base: './',
  logLevel: 'warn',
  plugins: [svelte({ configFile: false })],
  resolve: { alias: { vitest: fileURLToPath(new URL('lab/vitest.ts', import.meta.url)) } },
  build: {
    outDir: `${site}/lab`,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ['index', 'contract', 'live/index'].map((page) => `test/browser/lab/${page}.html`),
    },
  },
  worker: { format: 'es' },
})
await serveFolder(site, PORT, 'localhost')
