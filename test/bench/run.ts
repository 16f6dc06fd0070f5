/**
 * Running variants: each in a process of its own, in turn with the others, several times.
 *
 * Children are bundled first, as applications bundle the library: what a TypeScript runner adds to
 * functions would be measured too. A child prints one line of JSON, an object of numbers.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { type Spread, spread } from './report.ts'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))
const HERE = join(ROOT, 'test/bench')

/** How much is measured. */
export interface Effort {
  readonly quick: boolean
  /** The first for a whole run, the second for a quick one. */
  pick<T>(whole: T, quick: T): T
  readonly repetitions: number
}

export function effort(quick: boolean): Effort {
  return { quick, pick: (whole, short) => (quick ? short : whole), repetitions: quick ? 2 : 3 }
}

/** A folder below the project, so that packages are found from there; removed at the end. */
export function scratchFolder(): string {
  const parent = join(ROOT, 'test-results')
  mkdirSync(parent, { recursive: true })
  const made = mkdtempSync(join(parent, 'bench-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}

let folder: string | null = null

/** Where the bundles are, made when the first one is asked for. */
export async function bundles(): Promise<string> {
  if (folder !== null) return folder
  const made = scratchFolder()
  folder = made
  const files = readdirSync(join(HERE, 'child')).filter(
    (name) => name.endsWith('.ts') && name !== 'common.ts',
  )
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'es2022',
      outDir: made,
      rollupOptions: {
        input: Object.fromEntries(
          files.map((name) => [name.slice(0, -3), join(HERE, 'child', name)]),
        ),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunk-[name]-[hash].mjs' },
      },
    },
  })
  return made
}

export type Figures = Readonly<Record<string, number>>

export interface ChildOptions {
  readonly flags?: readonly string[]
  readonly timeoutMs?: number
}

/** Run one variant of `child/NAME.ts` to its end. */
export async function child(
  name: string,
  args: readonly (string | number)[],
  { flags = [], timeoutMs = 240_000 }: ChildOptions = {},
): Promise<Figures> {
  const file = join(await bundles(), `${name}.mjs`)
  const words = args.map(String)
  return new Promise((done, fail) => {
    const process_ = spawn(process.execPath, [...flags, file, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const timer = setTimeout(() => process_.kill('SIGKILL'), timeoutMs)
    let output = ''
    process_.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    process_.once('error', fail)
    process_.once('close', (code, signal) => {
      clearTimeout(timer)
      const line = output.trim().split('\n').at(-1) ?? ''
      if (code === 0 && line.startsWith('{')) done(JSON.parse(line) as Figures)
      else fail(new Error(`${name} ${words.join(' ')} ended with ${code ?? signal}: ${output}`))
    })
  })
}

export type Variants = Readonly<Record<string, () => Promise<Figures>>>
export type Spreads = Readonly<Record<string, Readonly<Record<string, Spread>>>>

/** Run every variant in turn, several times; per variant and figure, the spread. */
export async function interleave(variants: Variants, repetitions: number): Promise<Spreads> {
  const seen: Record<string, Record<string, number[]>> = {}
  const entries = Object.entries(variants)
  for (let i = 0; i < repetitions; i++) {
    // Every other round in the opposite order: what one leaves behind does not always hit the same.
    for (const [name, run] of i % 2 === 0 ? entries : [...entries].reverse()) {
      const figures = await run()
      seen[name] ??= {}
      for (const [key, value] of Object.entries(figures)) {
        const values = seen[name] as Record<string, number[]>
        values[key] ??= []
        ;(values[key] as number[]).push(value)
      }
    }
  }
  return Object.fromEntries(
    Object.entries(seen).map(([name, figures]) => [
      name,
      Object.fromEntries(Object.entries(figures).map(([key, values]) => [key, spread(values)])),
    ]),
  )
}

/** A figure that must be there. */
export function of(spreads: Spreads, variant: string, figure: string): Spread {
  const found = spreads[variant]?.[figure]
  if (found === undefined) throw new Error(`nothing measured for ${variant}.${figure}`)
  return found
}
