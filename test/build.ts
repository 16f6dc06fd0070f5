/** `npm run build`: the library, its declarations, and what each entry weighs. */
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync('dist', { recursive: true, force: true })
run('vite', 'build', '--logLevel', 'warn')
run('tsc', '-p', 'tsconfig.build.json')
chmodSync('dist/respite-server.js', 0o755)
