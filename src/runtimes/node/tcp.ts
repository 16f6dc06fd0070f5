/** RESP over TCP and Unix sockets: one socket, one connection. */
import { chmodSync, rmSync, statSync } from 'node:fs'
import { createServer, type ListenOptions, type OnReadOpts, type Server, Socket } from 'node:net'
import type { Engine } from '../../engine/engine.ts'
import { Connection } from '../../protocol/connection.ts'
import { ListenError } from './errors.ts'

export interface TcpOptions {
  port: number
  /** Addresses to bind; the first that is taken ends the attempt. */
  hosts: readonly string[]
  /** The path of a Unix socket to listen on as well. With it, port 0 means no TCP. */
  path?: string
  /** Permissions of that socket; 0 leaves them as they come. */
  mode?: number
}

export interface TcpServer {
  /** The port in use: the one asked for, or the one that the system chose for 0. */
  readonly port: number
  /** Stop listening and end every connection. */
  close(): Promise<void>
}

const PROTECTED =
  'DENIED Redis is running in protected mode because protected mode is enabled and no password is set ' +
  'for the default user. In this mode connections are only accepted from the loopback interface. ' +
  'To serve other machines, give the default user a password (CONFIG SET requirepass, or ACL SETUSER), ' +
  "or send 'CONFIG SET protected-mode no' over the loopback interface if nobody else can reach this port."

/** Serve an engine on TCP. Throws `ListenError` if an address cannot be had. */
export async function listen(engine: Engine, options: TcpOptions): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  let { port } = options
  const closeAll = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  }
  const serverOf = (path: string): Server =>
    createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      const refusal = refusalOf(engine, socket, path !== '')
      if (refusal !== null) {
        engine.stats.connectionsRejected++
        socket.on('error', () => socket.destroy())
        socket.end(`-${refusal}\r\n`, () => socket.destroy())
        return
      }
      serve(engine, socket, sockets, path)
    })
  const { path = '', mode = 0 } = options
  if (path !== '') {
    const server = serverOf(path)
    servers.push(server)
    try {
      // What a server left behind is in the way; any other file is not ours to remove.
      if (statSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path)
      await bind(server, { path })
      if (mode !== 0) chmodSync(path, mode)
    } catch (error) {
      await closeAll()
      throw explain(error, `Failed opening Unix socket: bind: ${path}`)
    }
  }
  for (const host of path !== '' && port === 0 ? [] : options.hosts) {
    const server = serverOf('')
    try {
      await bind(server, { host, port })
    } catch (error) {
      await closeAll()
      const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      throw explain(error, `Could not create server TCP listening socket ${where}`)
    }
    servers.push(server)
    const address = server.address()
    if (address !== null && typeof address === 'object') port = address.port
  }
  return { port, close: closeAll }
}

/** Why this connection is not accepted, as Redis begins to say it; null if it is. */
function refusalOf({ acl, clients, config }: Engine, socket: Socket, unix: boolean): string | null {
  if (clients.size >= config.int('maxclients')) return 'ERR max number of clients reached'
  if (!config.yes('protected-mode') || !acl.passwordless) return null
  return unix || isLoopback(socket.remoteAddress) ? null : PROTECTED
}

/** `undefined`: the peer has gone meanwhile. */
const isLoopback = (address = ''): boolean => /^(?:::ffff:)?127\.|^::1$/.test(address)

function bind(server: Server, place: ListenOptions): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen({ ...place, backlog: 511 }, () => {
      server.off('error', fail)
      done()
    })
  })
}

function explain(error: unknown, what: string): ListenError {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'Address already in use',
    EACCES: 'Permission denied',
    EADDRNOTAVAIL: 'Cannot assign requested address',
    ENOTFOUND: 'Name or service not known',
  }
  const reason = reasons[code] ?? String((error as Error).message)
  return new ListenError(code, `${what}: ${reason}`, error)
}

/** All sockets read into the same bytes: `receive` keeps nothing of them. */
const input = new Uint8Array(64 * 1024)

interface Handle {
  useUserBuffer?: unknown
}

/**
 * The same connection as a socket that reads into `input`. One that a server is given allocates 64 KB for
 * every read and puts what came through a stream: a sixth of the cost of a request that comes alone, a
 * twelfth of those that come by sixteens (measured). Only who makes a socket may choose, so it is made
 * anew around the handle; where there is none of Node's kind, nothing changes.
 */
function lean(accepted: Socket, take: (chunk: Uint8Array) => void): Socket {
  const owner = accepted as unknown as { _handle: Handle | null }
  const handle = owner._handle
  if (handle === null || typeof handle.useUserBuffer !== 'function') {
    accepted.on('data', take)
    accepted.resume()
    return accepted
  }
  const onread: OnReadOpts = {
    buffer: input,
    callback(length) {
      take(input.subarray(0, length))
      return true
    },
  }
  owner._handle = null
  const socket = new Socket({ handle, onread } as ConstructorParameters<typeof Socket>[0])
  // The server counts the one that it made.
  socket.once('close', () => accepted.destroy())
  return socket
}

function serve(engine: Engine, accepted: Socket, sockets: Set<Socket>, path: string): void {
  const socket = lean(accepted, (chunk) => connection.receive(chunk))
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  // Plain IPv4 addresses, also where the socket is of both kinds.
  const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '')
  const connection = new Connection(
    engine,
    {
      // A client may send all its requests before it reads the first reply, however many they are.
      write: (bytes) => {
        socket.write(bytes)
      },
      end: () => {
        // A peer that goes on sending would keep a socket that is only half closed.
        socket.end(() => socket.destroy())
      },
      abort: () => {
        socket.destroy()
      },
      pending: () => socket.writableLength,
    },
    path !== ''
      ? { address: `${path}:0`, local: `${path}:0`, unix: true }
      : {
          address: `${plain(socket.remoteAddress)}:${socket.remotePort ?? 0}`,
          local: `${plain(socket.localAddress)}:${socket.localPort ?? 0}`,
        },
  )
  // A reset by the peer is the end of a connection, not an error of the server.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => connection.closed())
}
