/**
 * What each entry costs the one who imports it: everything that it pulls in, minified, and with gzip.
 * The build prints the table and leaves it in `dist/sizes.json` for the test that watches it.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'vite'

export interface EntrySize {
  entry: string
  /** Bytes, minified. */
  minified: number
  /** The same, with gzip. */
  gzip: number
}

/** Bundle one file as an application would, dependencies included, and weigh it. */
export async function sizeOf(entry: string, file: string): Promise<EntrySize> {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry: file, formats: ['es'], fileName: entry },
      rollupOptions: { external: [/^node:/, ...builtinModules] },
    },
  })
  const bundles = (Array.isArray(output) ? output : [output]) as {
    output: { type: string; code?: string }[]
  }[]
  const code = bundles
    .flatMap((bundle) => bundle.output)
    .map((part) => part.code ?? '')
    .join('')
  return { entry, minified: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length }
}

export function reportSizes(): Plugin {
  let root = ''
  let entries: Record<string, string> = {}
  return {
    name: 'respite-sizes',
    apply: 'build',
    configResolved(config) {
      root = config.root
      const lib = config.build.lib
      if (lib !== false && typeof lib.entry === 'object') entries = lib.entry as typeof entries
    },
    async closeBundle() {
      if (!existsSync(`${root}/dist`)) return
      const sizes: EntrySize[] = []
      for (const [entry, file] of Object.entries(entries)) {
        sizes.push(await sizeOf(entry, `${root}/${file}`))
      }
      const kb = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`.padStart(10)
      console.log('\nentry             minified      gzip')
      for (const size of sizes) {
        console.log(`${size.entry.padEnd(16)}${kb(size.minified)}${kb(size.gzip)}`)
      }
      writeFileSync(`${root}/dist/sizes.json`, `${JSON.stringify(sizes, null, 2)}\n`)
    },
  }
}
