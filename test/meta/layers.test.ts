import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * Who may import whom (STYLE.md 2.1). A folder may import itself and what is listed; `type:` means
 * that only types may cross.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  util: [],
  structs: ['util'],
  types: ['structs', 'util'],
  rdb: ['types', 'structs', 'util'],
  lua: ['util'],
  keyspace: ['rdb', 'types', 'structs', 'util'],
  core: ['keyspace', 'types', 'structs', 'util', 'type:engine'],
  commands: [
    ...['scripting', 'core', 'keyspace', 'rdb', 'types', 'structs', 'util', 'version'],
    'type:engine',
  ],
  engine: ['core', 'keyspace', 'rdb', 'types', 'structs', 'util', 'version', 'type:scripting'],
  scripting: ['lua', 'core', 'rdb', 'util', 'version', 'type:engine'],
  protocol: ['engine', 'core', 'util'],
  persistence: ['protocol', 'engine', 'core', 'keyspace', 'rdb', 'types', 'structs', 'util'],
  transfer: [
    ...['persistence', 'protocol', 'engine', 'core', 'keyspace', 'rdb', 'types', 'structs', 'util'],
  ],
  worker: ['transfer', 'client', 'persistence', 'protocol', 'engine', 'core', 'structs', 'util'],
  client: ['protocol', 'engine', 'core', 'util', 'type:persistence', 'type:transfer'],
  presets: ['commands', 'core', 'engine'],
  version: [],
}
/** What may stand on anything: adapters, the public entry, and tools that run at build time. */
const OPEN = new Set(['runtimes', 'index'])
const BUILD_TOOLS = new Set(['client/generate.ts'])
/** Nobody may import these. */
const CLOSED = new Set(['runtimes', 'index'])

interface Import {
  file: string
  from: string
  to: string
  typeOnly: boolean
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'))

function importsOf(file: string): Import[] {
  const source = readFileSync(join('src', file), 'utf8')
  const found: Import[] = []
  const statement =
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']*)'|^import\s+'(\.[^']*)'/gm
  for (const match of source.matchAll(statement)) {
    const target = normalize(join(dirname(file), match[2] ?? (match[3] as string)))
    found.push({
      file,
      from: folder(file),
      to: folder(target.split(sep).join('/')),
      typeOnly: match[1] !== undefined,
    })
  }
  return found
}

const folder = (file: string): string => (file.split('/')[0] as string).replace(/\.ts$/, '')

function violation({ from, to, typeOnly, file }: Import): boolean {
  if (from === to || OPEN.has(from) || BUILD_TOOLS.has(file)) return false
  if (CLOSED.has(to)) return true
  const allowed = LAYERS[from]
  if (allowed === undefined) return true
  return !(allowed.includes(to) || (typeOnly && allowed.includes(`type:${to}`)))
}

describe('layers', () => {
  it('every folder of src has a layer', () => {
    const folders = [...new Set(files.map(folder))]
    expect(folders.filter((name) => LAYERS[name] === undefined && !OPEN.has(name))).toEqual([])
  })

  it('imports point downwards', () => {
    const all = files.flatMap(importsOf)
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter(violation)).toEqual([])
  })

  it('an import that points upwards is found', () => {
    const bad = { file: 'core/x.ts', from: 'core', to: 'engine', typeOnly: false }
    expect(violation(bad)).toBe(true)
    expect(violation({ ...bad, typeOnly: true })).toBe(false)
    expect(violation({ ...bad, from: 'util', to: 'structs' })).toBe(true)
    expect(violation({ ...bad, from: 'client', to: 'runtimes' })).toBe(true)
  })

  it('no source makes code from strings', () => {
    const dynamic = /\beval\s*\(|new Function\s*\(|\bFunction\s*\(/
    // EVAL as a method of the typed client is declared, not called.
    const declared = /^ {2}eval\(script: Arg, .*$/gm
    const source = (file: string) => readFileSync(join('src', file), 'utf8').replace(declared, '')
    const guilty = files.filter((file) => dynamic.test(source(file)))
    expect(guilty).toEqual([])
  })

  it('only runtimes and stores may have a dependency at run time', () => {
    const bare = /^(?:import|export)[^'"]*from\s+'([^.'][^']*)'/gm
    const users = files.filter((file) =>
      [...readFileSync(join('src', file), 'utf8').matchAll(bare)].some((match) => match[1] !== ''),
    )
    const allowed = /^(runtimes|persistence\/stores)\//
    expect(users.filter((file) => !allowed.test(file) && !BUILD_TOOLS.has(file))).toEqual([])
  })
})
