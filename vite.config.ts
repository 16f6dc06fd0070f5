/**
 * Three builds from one file: the library (`vite build`), the playground (`--mode demo`), and the
 * tests (Vitest reads `test`).
 */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { reportSizes } from './test/helpers/sizes.ts'

/** One entry a face; `respite-server` is the program. */
const ENTRIES = {
  index: 'src/index.ts',
  browser: 'src/runtimes/browser/index.ts',
  worker: 'src/runtimes/worker/index.ts',
  edge: 'src/runtimes/edge/index.ts',
  node: 'src/runtimes/node/index.ts',
  'respite-server': 'src/runtimes/node/cli.ts',
}

const dependencies = Object.keys(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> })
    .dependencies,
)

const library = {
  plugins: [reportSizes()],
  build: {
    lib: { entry: ENTRIES, formats: ['es' as const] },
    target: 'es2022',
    minify: false,
    sourcemap: true,
    rollupOptions: {
      external: [/^node:/, ...dependencies],
      output: { chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
}

const demo = {
  root: 'demo',
  base: './',
  build: {
    outDir: '../demo-dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' as const },
}

export default defineConfig(({ mode }) => ({
  ...(mode === 'demo' ? demo : library),
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Two cores: more workers than that only disturb each other.
    maxWorkers: 2,
  },
}))
