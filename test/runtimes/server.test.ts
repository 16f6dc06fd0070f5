import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { full } from '../../src/presets/full.ts'
import type { Setting } from '../../src/runtimes/node/conf.ts'
import { nodePlatform } from '../../src/runtimes/node/platform.ts'
import { startServer } from '../../src/runtimes/node/server.ts'
import { titleOf } from '../../src/runtimes/node/title.ts'
import { REDIS_VERSION, VERSION } from '../../src/version.ts'
import { cli, freePort, type ServerProcess, scratch, startProcess } from '../helpers/server.ts'

const run = promisify(execFile)

/** redis-cli's answer to one command. */
async function ask(port: number, ...words: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-p', String(port), ...words])
  return stdout.trimEnd()
}

/** A socket that has said something and been answered; it stays open if the server goes. */
async function talk(port: number, text: string, answer: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(text)
  const [data] = (await once(socket, 'data')) as [Buffer]
  expect(String(data)).toBe(answer)
  socket.on('end', () => {
    if (text === '') socket.end()
  })
  return socket
}

describe('respite-server on the command line', () => {
  it('--help names the flags and ends well', async () => {
    const { code, stdout, stderr } = await cli('--help')
    expect(code).toBe(0)
    expect(stderr).toBe('')
    for (const flag of [
      '--port',
      '--bind',
      '--dir',
      '--appendonly',
      '--appendfsync',
      '--requirepass',
    ]) {
      expect(stdout).toContain(flag)
    }
  })

  it('--version says ours and the one we follow', async () => {
    const { stdout } = await cli('--version')
    expect(stdout).toContain(`v=${VERSION} redis=${REDIS_VERSION}`)
  })

  it('a taken port is one clear line', async () => {
    const other = createServer()
    const port = await freePort()
    await new Promise<void>((done) => other.listen(port, '127.0.0.1', done))
    const result = await cli('--port', String(port), '--save', '')
    other.close()
    expect(result.code).toBe(1)
    expect(result.stderr).toBe(
      `respite-server: Could not create server TCP listening socket 127.0.0.1:${port}: Address already in use\n`,
    )
  })

  const BAD = 'Bad directive or wrong number of arguments'
  it.each([
    ['an unknown option', ['--nonsense', '1'], 2, 'nonsense "1"', BAD],
    ['a value too many', ['--port', '1', '2'], 2, 'port "1" "2"', 'wrong number of arguments'],
    ['no value', ['--save', '', '--port'], 3, 'port', 'wrong number of arguments'],
    [
      'a value with dashes that is none of the choices',
      ['--loglevel', '--bla'],
      2,
      'loglevel "--bla"',
      'argument(s) must be one of the following: debug, verbose, notice, warning, nothing',
    ],
    ['a word without a flag', ['--save', '', '--', 'x'], 3, '"x"', BAD],
    [
      'quotes that do not balance',
      ["--dir 'x"],
      2,
      "dir 'x",
      'Unbalanced quotes in configuration line',
    ],
    [
      'a primary',
      ['--replicaof', '127.0.0.1', 'x'],
      2,
      'replicaof "127.0.0.1" "x"',
      'Invalid master port',
    ],
    [
      'a command that is not there',
      ['--rename-command', 'a', 'b'],
      2,
      'rename-command "a" "b"',
      'No such command in rename-command',
    ],
    [
      'a name that is taken',
      ['--rename-command', 'get', 'set'],
      2,
      'rename-command "get" "set"',
      'Target command name already exists',
    ],
  ])('%s is shown with its line, as redis-server does', async (_, flags, line, text, why) => {
    const { code, stderr } = await cli(...flags)
    expect(code).toBe(1)
    expect(stderr).toBe(
      `\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\n` +
        `Reading the configuration file, at line ${line}\n>>> '${text}'\n${why}\n`,
    )
  })

  it('a file that is not there is one clear line', async () => {
    const { code, stderr } = await cli('/nonexistent/redis.conf')
    expect(code).toBe(1)
    expect(stderr).toBe(
      "respite-server: Fatal error, can't open config file '/nonexistent/redis.conf': No such file or directory\n",
    )
  })

  it('flags win over redis.conf, which may have quotes and comments', async () => {
    const dir = scratch()
    const file = join(dir, 'redis.conf')
    writeFileSync(file, '# a comment\nport 1\n\nrequirepass "se\\x63ret"\nsave ""\nmaxmemory 1mb\n')
    const child = await startProcess(['--maxmemory', '2mb'], dir, file)
    expect(
      await ask(child.port, '-a', 'secret', '--no-auth-warning', 'CONFIG', 'GET', 'maxmemory'),
    ).toBe('maxmemory\n2097152')
    await child.end()
  })
})

describe('a process', () => {
  it.skipIf(process.platform !== 'linux')('has the title that its options say', async () => {
    const dir = scratch()
    const file = join(dir, 'redis.conf')
    writeFileSync(file, 'save ""\n')
    const flags = ['--proc-title-template', 'T {listen-addr} {port} {tls-port}']
    const child = await startProcess(flags, dir, file)
    const title = (): string => readFileSync(`/proc/${child.pid}/cmdline`, 'latin1')
    // It says that it is ready a moment before it has its title, and nothing else comes in between.
    expect(await ask(child.port, 'PING')).toBe('PONG')
    const begin = `T 127.0.0.1:${child.port} ${child.port} 0`
    expect(title().startsWith(`${begin}\0`)).toBe(true)
    expect(await ask(child.port, 'CONFIG', 'SET', 'proc-title-template', 'X {port}')).toBe('OK')
    expect(title().startsWith(`X ${child.port}\0`)).toBe(true)
    const facts = (await ask(child.port, 'INFO', 'server')).split('\r\n')
    expect(facts).toContain(`config_file:${file}`)
    expect(facts).toContain(`listener0:name=tcp,bind=127.0.0.1,bind=-::1,port=${child.port}`)
    await child.end()
  })

  it('is called by its program, address, socket and file where a template asks for them', () => {
    const engine = new Engine({
      platform: nodePlatform(),
      commands: full,
      config: { bind: '*', port: '7000', unixsocket: '/tmp/s' },
    })
    const title = (template: string): string => {
      engine.config.set('proc-title-template', template)
      return titleOf(engine, 'program', '/etc/redis.conf')
    }
    expect(title('{title} {listen-addr} {server-mode}')).toBe('program *:7000')
    expect(title('{unixsocket}-{config-file}')).toBe('/tmp/s-/etc/redis.conf')
    engine.config.set('port', '0')
    expect(title('{listen-addr} {tls-port}')).toBe('/tmp/s 0')
    expect(() => title('{nosuch}')).toThrow('template format is invalid')
  })
})

describe('a running server', () => {
  let server: ServerProcess

  beforeAll(async () => {
    server = await startProcess(['--save', ''])
  })

  afterAll(async () => {
    await server.end()
  })

  it('prints the lines that tools wait for', () => {
    expect(server.output()).toContain(`PID: ${server.pid}`)
    expect(server.output()).toContain('Server initialized')
    expect(server.output()).toContain('Ready to accept connections')
  })

  it('holds a conversation with redis-cli', async () => {
    const until = '4102444800'
    expect(await ask(server.port, 'SET', 'greeting', 'hello', 'EXAT', until)).toBe('OK')
    expect(await ask(server.port, 'GET', 'greeting')).toBe('hello')
    expect(await ask(server.port, 'EXPIRETIME', 'greeting')).toBe(until)
    expect(await ask(server.port, 'INCR', 'greeting')).toBe(
      'ERR value is not an integer or out of range',
    )
    expect(await ask(server.port, '-3', 'HELLO')).toContain('redis')
  })

  it('lets redis-benchmark finish', async () => {
    const { stdout } = await run('redis-benchmark', [
      ...['-p', String(server.port)],
      ...'-t ping,set,get,incr,mset -q -n 2000 -P 4'.split(' '),
    ])
    for (const test of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET (10 keys)']) {
      expect(stdout).toMatch(
        new RegExp(`${test.replace(/[()]/g, '\\$&')}: \\d+.*requests per second`),
      )
    }
  })

  it('goes to another port or address when told, keeps its connections, and stays where it cannot', async () => {
    const set = (port: number, ...words: string[]): Promise<string> =>
      ask(port, 'CONFIG', 'SET', ...words)
    const other = await freePort()
    const stays = await talk(server.port, 'PING\r\n', '+PONG\r\n')
    expect(await set(server.port, 'port', String(other), 'maxmemory', '1gb')).toBe('OK')
    await expect(ask(server.port, 'PING')).rejects.toThrow('Connection refused')
    expect(await ask(other, 'CONFIG', 'GET', 'port')).toBe(`port\n${other}`)
    const taken = createServer()
    await new Promise<void>((done) => taken.listen(server.port, '127.0.0.1', done))
    expect(await set(other, 'maxmemory', '2gb', 'port', String(server.port))).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
    )
    expect(await ask(other, 'CONFIG', 'GET', 'port', 'maxmemory')).toBe(
      `port\n${other}\nmaxmemory\n1073741824`,
    )
    await new Promise((done) => taken.close(done))
    expect(await set(other, 'bind', '999.999.999.999')).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.",
    )
    expect(await set(other, 'bind', '')).toBe('OK')
    await expect(ask(other, 'PING')).rejects.toThrow('Connection refused')
    const answer = async (request: string): Promise<string> => {
      stays.write(request)
      const [data] = (await once(stays, 'data')) as [Buffer]
      return String(data)
    }
    expect(await answer('CONFIG SET bind "* -::*"\r\n')).toBe('+OK\r\n')
    expect(await ask(other, 'PING')).toBe('PONG')
    expect(await answer('MULTI\r\n')).toBe('+OK\r\n')
    expect(await answer(`CONFIG SET port ${server.port}\r\n`)).toBe('+QUEUED\r\n')
    expect(await answer('EXEC\r\n')).toBe('*1\r\n-ERR Command not allowed inside a transaction\r\n')
    expect(await ask(other, 'CONFIG', 'GET', 'port')).toBe(`port\n${other}`)
    expect(await answer(`CONFIG SET port ${server.port} bind 127.0.0.1 maxmemory 0\r\n`)).toBe(
      '+OK\r\n',
    )
    expect(await ask(server.port, 'PING')).toBe('PONG')
    stays.destroy()
  })

  it('turns away whoever comes when maxclients are there', async () => {
    await ask(server.port, 'CONFIG', 'SET', 'maxclients', '2')
    const first = await talk(server.port, 'PING\r\n', '+PONG\r\n')
    const second = await talk(server.port, 'PING\r\n', '+PONG\r\n')
    const third = await talk(server.port, '', '-ERR max number of clients reached\r\n')
    await once(third, 'close')
    second.destroy()
    await once(second, 'close')
    first.write('CONFIG SET maxclients 10000\r\n')
    await once(first, 'data')
    expect(await ask(server.port, 'INFO', 'stats')).toContain('rejected_connections:1')
    first.destroy()
  })

  it('ends a connection for a protocol error although the peer goes on sending', async () => {
    const socket = await talk(
      server.port,
      '*x\r\n',
      '-ERR Protocol error: invalid multibulk length\r\n',
    )
    socket.on('error', () => {})
    const more = setInterval(() => socket.write('payload'), 1)
    await new Promise((done) => socket.once('close', done))
    clearInterval(more)
    expect(await ask(server.port, 'PING')).toBe('PONG')
  })

  it('answers a peer that has said all it wants, and closes', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.end('PING\r\nECHO hello\r\n')
    await once(socket, 'end')
    expect(answer).toBe('+PONG\r\n$5\r\nhello\r\n')
    socket.destroy()
  })

  it('takes everything that a peer sends before it reads, and answers all of it when it does', async () => {
    await ask(server.port, 'CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0')
    const size = 4 << 20
    const socket = connect({ port: server.port, host: '127.0.0.1' })
    await once(socket, 'connect')
    socket.write(`SETRANGE large ${size - 1} x\r\n`)
    await once(socket, 'data')
    socket.pause()
    socket.write('GET large\r\n'.repeat(8))
    const length = 32 << 20
    const request = `*2\r\n$6\r\nSTRLEN\r\n$${length}\r\n${'x'.repeat(length)}\r\n`
    // A peer that writes as other clients do, blocking, would wait here for ever otherwise.
    await new Promise<unknown>((taken) => socket.write(request, taken))
    const answers = 8 * (size + `$${size}\r\n\r\n`.length) + ':0\r\n'.length
    let read = 0
    socket.on('data', (data) => {
      read += data.length
      if (read >= answers) socket.end()
    })
    socket.resume()
    await once(socket, 'close')
    expect(read).toBe(answers)
  })

  it('SHUTDOWN ends the process', async () => {
    const other = await startProcess(['--save', ''])
    await ask(other.port, 'SHUTDOWN', 'NOSAVE').catch(() => '')
    expect(await other.end('SIGCONT')).toBe(0)
  })
})

describe('data of a server', () => {
  it('survives SIGTERM under appendonly no, because of the save points', async () => {
    const dir = scratch()
    const first = await startProcess([], dir)
    await ask(first.port, 'SET', 'kept', 'yes')
    expect(await first.end('SIGTERM')).toBe(0)
    const second = await startProcess([], dir)
    expect(await ask(second.port, 'GET', 'kept')).toBe('yes')
    await second.end()
  })

  it('survives SIGKILL under appendfsync always, every acknowledged write of it', async () => {
    const dir = scratch()
    const flags = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    const first = await startProcess(flags, dir)
    for (let i = 1; i <= 20; i++) expect(await ask(first.port, 'INCR', 'n')).toBe(String(i))
    expect(await first.end('SIGKILL')).toBe('SIGKILL')
    const second = await startProcess(flags, dir)
    expect(await ask(second.port, 'GET', 'n')).toBe('20')
    await second.end()
  })

  it('is written only when somebody asks, by a server without journal and save points', async () => {
    const dir = scratch()
    const first = await startProcess(['--save', ''], dir)
    const beside = await startProcess(['--save', ''], dir)
    await ask(first.port, 'SET', 'k', 'v')
    expect(readdirSync(dir)).toEqual([])
    expect(await ask(first.port, 'SAVE')).toBe('OK')
    expect(readdirSync(dir)).toEqual(['dump.rdb'])
    expect(await ask(first.port, 'SET', 'k', 'lost')).toBe('OK')
    await first.end('SIGKILL')
    await beside.end()
    const second = await startProcess(['--save', ''], dir)
    expect(await ask(second.port, 'GET', 'k')).toBe('v')
    expect(await ask(second.port, 'CONFIG', 'SET', 'appendonly', 'yes')).toBe('OK')
    await second.end()
  })

  it('is kept in a journal from the moment CONFIG SET asks for one', async () => {
    const dir = scratch()
    const first = await startProcess(['--save', ''], dir)
    await ask(first.port, 'SET', 'before', '1')
    expect(await ask(first.port, 'CONFIG', 'SET', 'appendfsync', 'always')).toBe('OK')
    expect(await ask(first.port, 'CONFIG', 'SET', 'appendonly', 'yes')).toBe('OK')
    expect(await ask(first.port, 'SET', 'after', '2')).toBe('OK')
    await first.end('SIGKILL')
    const second = await startProcess(['--save', ''], dir)
    expect(await ask(second.port, 'MGET', 'before', 'after')).toBe('1\n2')
    await second.end()
  })

  it('has one owner: a second server in the same folder says so and ends', async () => {
    const dir = scratch()
    const first = await startProcess(['--appendonly', 'yes'], dir)
    const result = await cli('--port', '0', '--dir', dir, '--appendonly', 'yes')
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/^respite-server: .*(in use|held|owns|lock|process)/)
    expect(await ask(first.port, 'SET', 'a', '1')).toBe('OK')
    await first.end()
  })
})

describe('a server that loads', () => {
  /** One that has said that it listens, on what DEBUG POPULATE has made of some words. */
  async function loading(populate: string[], settings: Setting[]) {
    const dir = scratch()
    const first = await startProcess(['--enable-debug-command', 'yes'], dir)
    await ask(first.port, 'DEBUG', 'POPULATE', ...populate)
    await ask(first.port, 'SAVE')
    await first.end()
    const port = await freePort()
    const lines: string[] = []
    const starting = startServer({
      settings: [['port', [String(port)]], ['dir', [dir]], ...settings],
      log: (_, line) => lines.push(line),
    })
    while (!lines.includes('Server initialized')) await new Promise((done) => setImmediate(done))
    return { port, lines, starting }
  }

  it('can be reached, and says so', async () => {
    const { port, lines, starting } = await loading(
      ['30000', 'key', '2000'],
      [['key-load-delay', ['50']]],
    )
    expect(await ask(port, 'GET', 'a')).toBe('LOADING Redis is loading the dataset in memory')
    expect(await ask(port, 'INFO', 'persistence')).toContain('\nloading:1')
    expect(await ask(port, 'CONFIG', 'SET', 'dir', '/')).toBe(
      'LOADING Redis is loading the dataset in memory',
    )
    expect(await ask(port, 'CONFIG', 'SET', 'loglevel', 'debug', 'key-load-delay', '0')).toBe('OK')
    const server = await starting
    expect(await ask(port, 'DBSIZE')).toBe('30000')
    expect(lines.at(-1)).toBe('Ready to accept connections tcp')
    await server.close()
  })

  it('lets who comes meanwhile wait when there is little to load', async () => {
    const { port, starting } = await loading(['1000'], [])
    expect(await ask(port, 'DBSIZE')).toBe('1000')
    await (await starting).close()
  })

  it.each([
    [[['protected-mode', ['yes']]], 'local client'],
    [[['protected-mode', ['no']]], 'the configured network interface'],
    [
      [
        ['protected-mode', ['no']],
        ['bind', ['*']],
      ],
      'and is not protected by network restrictions',
    ],
    [[['requirepass', ['x']]], null],
  ] as const)('warns where nobody has to authenticate: %j', async (settings, words) => {
    const lines: string[] = []
    const server = await startServer({
      settings: [['port', ['0']], ['save', ['']], ['dir', [scratch()]], ...settings],
      log: (_, line) => lines.push(line),
    })
    const open = 'WARNING: Redis does not require authentication'
    const warnings = lines.filter((line) => line.startsWith(open))
    expect(warnings).toHaveLength(words === null ? 0 : 1)
    if (words !== null) expect(warnings[0]).toContain(words)
    await server.close({ save: false })
  })
})

describe('who may come', () => {
  /** An address of this machine that is not its loopback. */
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((face) => face?.family === 'IPv4' && !face.internal)?.address

  const alone = outside === undefined
  it.skipIf(alone)('from outside nobody, while there is no password', async () => {
    if (outside === undefined) return
    const server = await startServer({
      settings: [
        ['port', ['0']],
        ['bind', ['*']],
        ['save', ['']],
        ['dir', [scratch()]],
      ],
    })
    const from = async (host: string, ...words: string[]): Promise<string> =>
      (await run('redis-cli', ['-h', host, '-p', String(server.port), ...words])).stdout.trimEnd()
    try {
      expect(await from(outside, 'PING').catch((error) => error.stdout)).toMatch(
        /^DENIED Redis is running in protected mode because/,
      )
      expect(await from('127.0.0.1', 'PING')).toBe('PONG')
      expect(await from('127.0.0.1', 'CONFIG', 'SET', 'requirepass', 'secret')).toBe('OK')
      expect(await from(outside, 'PING')).toBe('NOAUTH Authentication required.')
      expect(await from(outside, '-a', 'secret', '--no-auth-warning', 'PING')).toBe('PONG')
      await from(outside, '-a', 'secret', '--no-auth-warning', 'CONFIG', 'SET', 'requirepass', '')
      await from('127.0.0.1', 'CONFIG', 'SET', 'protected-mode', 'no')
      expect(await from(outside, 'PING')).toBe('PONG')
    } finally {
      await server.close({ save: false })
    }
  })
})

describe('a Unix socket', () => {
  const request = async (path: string, words: string[]): Promise<string> =>
    (await run('redis-cli', ['-s', path, ...words])).stdout.trimEnd()

  it('is served beside TCP, with its permissions, and goes with the server', async () => {
    const dir = scratch()
    const path = join(dir, 'socket')
    const port = await freePort()
    const settings = [
      ['port', [String(port)]],
      ['save', ['']],
      ['dir', [dir]],
      ['unixsocket', [path]],
      ['unixsocketperm', ['700']],
    ] as const
    const server = await startServer({ settings })
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(await request(path, ['SET', 'a', '1'])).toBe('OK')
    expect(await ask(port, 'GET', 'a')).toBe('1')
    expect(await request(path, ['CLIENT', 'INFO'])).toContain(
      ` addr=${path}:0 laddr=${path}:0 fd=-1 name= age=0 idle=0 flags=U `,
    )
    await server.close()
    expect(existsSync(path)).toBe(false)
  })

  it('is enough: with port 0 there is no other, and one left behind is replaced', async () => {
    const dir = scratch()
    const path = join(dir, 'socket')
    const left = createServer()
    await new Promise<void>((done) => left.listen(path, done))
    const settings = [
      ['port', ['0']],
      ['save', ['']],
      ['dir', [dir]],
      ['unixsocket', [path]],
    ] as const
    const server = await startServer({ settings })
    expect(server.port).toBe(0)
    expect(await request(path, ['PING'])).toBe('PONG')
    await server.close()
    left.close()
  })

  it('does not take the place of another file', async () => {
    const dir = scratch()
    const path = join(dir, 'file')
    writeFileSync(path, 'mine')
    const settings = [
      ['port', ['0']],
      ['save', ['']],
      ['dir', [dir]],
      ['unixsocket', [path]],
    ] as const
    await expect(startServer({ settings })).rejects.toThrow(
      `Failed opening Unix socket: bind: ${path}: Address already in use`,
    )
    expect(existsSync(path)).toBe(true)
  })
})
