/**
 * Redis's own test suite, out of Debian's source package: fetched once into a folder outside of the
 * repository, where it stays. Nothing of it is ever committed.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The version that Debian's stable release carries; its pool keeps it. */
export const VERSION = '7.0.15'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const RELEASE = 'bookworm'
const MIRROR = 'http://deb.debian.org'

/** Where things that tests fetch are kept between runs. */
export function cacheFolder(): string {
  const named = process.env.RESPITE_CACHE
  const folder =
    named ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'respite', 'tcl')
  mkdirSync(folder, { recursive: true })
  return folder
}

function run(command: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The unpacked sources of 7.0.15. Throws an error of one paragraph if they cannot be had. */
export function source(): string {
  const cache = cacheFolder()
  const tree = join(cache, `redis-${VERSION}`)
  if (existsSync(join(tree, 'tests/test_helper.tcl'))) return tree
  const partial = join(cache, `fetching-${process.pid}`)
  mkdirSync(join(partial, 'lists/partial'), { recursive: true })
  mkdirSync(join(partial, 'archives/partial'), { recursive: true })
  try {
    download(partial)
    const archive = readdirSync(partial).find((name) => name.endsWith('.orig.tar.gz'))
    if (archive === undefined) throw new Error('the package has no archive of the sources')
    const unpacked = run('tar', ['-xzf', archive], partial)
    if (unpacked.status !== 0) throw new Error(unpacked.stderr.trim())
    const folder = readdirSync(partial).find((name) => name.startsWith('redis-'))
    if (folder === undefined) throw new Error('the archive has no folder of that name')
    rmSync(tree, { recursive: true, force: true })
    renameSync(join(partial, folder), tree)
  } catch (error) {
    throw new Error(
      `Redis's test suite cannot be had: ${(error as Error).message}\n` +
        `It is in Debian's source package of redis ${VERSION} (${RELEASE}); put the unpacked ` +
        `package at ${tree}, or name another copy with --suite DIR.`,
    )
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return tree
}

/** With a list of sources of its own: few machines have the ones for source packages. */
function download(folder: string): void {
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
  const mirrors = new Set([MIRROR, ...mirrorsOfMachine()])
  const lines = [...mirrors].flatMap((mirror) => [
    `deb-src ${signed}${mirror}/debian ${RELEASE} main`,
    `deb-src ${signed}${mirror}/debian-security ${RELEASE}-security main`,
  ])
  const options = [
    ...['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/archives`],
    ...['-o', `Dir::Etc::sourcelist=${folder}/src.list`, '-o', 'Dir::Etc::sourceparts=-'],
    ...['-o', 'APT::Get::List-Cleanup=0', '-o', 'APT::Sandbox::User=root', '-qq'],
  ]
  const written = run('sh', ['-c', `cat > src.list <<'END'\n${lines.join('\n')}\nEND`], folder)
  if (written.status !== 0) throw new Error(written.stderr.trim())
  const updated = run('apt-get', [...options, 'update'], folder)
  // One of two mirrors may be missing: whether the package is there decides.
  const got = run('apt-get', [...options, 'source', '--download-only', `redis`], folder)
  if (got.error !== undefined) throw new Error(`apt-get does not run (${got.error.message})`)
  if (got.status !== 0) throw new Error((got.stderr + updated.stderr).trim())
}

/** What this machine takes its own packages from, if it is a Debian. */
function mirrorsOfMachine(): string[] {
  const folder = '/etc/apt/sources.list.d'
  const files = ['/etc/apt/sources.list']
  if (existsSync(folder)) {
    files.push(
      ...readdirSync(folder)
        .filter((name) => /\.(list|sources)$/.test(name))
        .map((name) => join(folder, name)),
    )
  }
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/(https?:\/\/\S+?)\/debian\/?\s/g)])
    .map((match) => match[1] as string)
}
