import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { CONTENT_SECURITY_POLICY } from '../../demo/serve.ts'
import { freePort, scratch } from '../helpers/server.ts'

/** What `npm start` runs. */
function start(...flags: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/start.ts', ...flags])
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

async function output(child: ChildProcess, until?: RegExp): Promise<string> {
  let text = ''
  const ended = once(child, 'close')
  await new Promise<void>((done) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      if (until?.test(text)) done()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    void ended.then(() => done())
  })
  return text
}

describe('npm start', () => {
  it('prints both addresses, serves the page under its policy, and ends on SIGTERM', async () => {
    const child = start('--port', '0', '--http-port', '0', '--dir', scratch())
    const text = await output(child, /redis-cli -p \d+/)
    const page = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0] ?? ''
    const response = await fetch(page)
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY)
    const html = await response.text()
    expect(html).toContain('<title>Respite playground')
    // Nothing inline, whatever a build tool may have put in.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
    expect((await fetch(`${page}../package.json`)).status).toBe(404)
    expect((await fetch(`${page}%2e%2e/package.json`)).status).toBe(404)
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it.each([
    ['--port', '--http-port'],
    ['--http-port', '--port'],
  ])('a taken %s is one clear line', async (taken, free) => {
    const other = createServer()
    const port = await freePort()
    await new Promise<void>((done) => other.listen(port, '127.0.0.1', done))
    const child = start(taken, String(port), free, '0', '--memory', '--dir', scratch())
    const ended = once(child, 'close')
    const text = await output(child)
    other.close()
    expect(await ended).toEqual([1, null])
    expect(text).toContain(`Port ${port} of 127.0.0.1 is taken: choose another with ${taken}`)
    expect(text).not.toMatch(/^\s+at /m)
  })

  it('--help names the flags', async () => {
    const text = await output(start('--help'))
    for (const flag of ['--port', '--http-port', '--bind', '--dir', '--memory']) {
      expect(text).toContain(flag)
    }
  })

  it('an unknown flag and a bad port are one clear line', async () => {
    expect(await output(start('--nope'))).toMatch(/^Unknown option '--nope'.*\n$/)
    expect(await output(start('--port', '99999'))).toBe('--port takes a number up to 65535\n')
  })
})
