/** RESP over TCP and Unix sockets: one socket, one connection. */
import { chmodSync, rmSync, statSync } from 'node:fs'
import { createServer, type ListenOptions, type OnReadOpts, type Server, Socket } from 'node:net'
import type { Engine } from '../../engine/engine.ts'
import { Connection } from '../../protocol/connection.ts'
import { ListenError } from './errors.ts'

/** An address to listen on. */
export interface Host {
  readonly host: string
  /** Whether a machine may do without it. */
  readonly optional?: boolean
}

/** Where to listen; without hosts, or (once it runs) with port 0, nowhere on TCP. */
export interface TcpPlace {
  readonly port: number
  readonly hosts: readonly Host[]
}

export interface TcpOptions extends TcpPlace {
  /** Connections wait until this resolves before they are served. */
  readonly open?: Promise<void>
  /** The path of a Unix socket to listen on as well. With it, port 0 means no TCP. */
  path?: string
  /** Permissions of that socket; 0 leaves them as they come. */
  mode?: number
}

export interface TcpServer {
  /** The port in use: the one asked for, or the one that the system chose for 0. */
  readonly port: number
  /**
   * Listen somewhere else from now on; connections stay. Rejects with `ListenError` if an address cannot
   * be had, and goes on to listen where it did.
   */
  move(place: TcpPlace): Promise<void>
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
  const serverOf = (path: string): Server =>
    createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      const refusal = refusalOf(engine, socket, path !== '')
      if (refusal !== null) {
        engine.stats.connectionsRejected++
        socket.on('error', () => socket.destroy())
        socket.end(`-${refusal}\r\n`, () => socket.destroy())
        return
      }
      if (options.open === undefined) {
        serve(engine, socket, sockets, path)
        return
      }
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      void options.open.then(() => {
        sockets.delete(socket)
        if (!socket.destroyed) serve(engine, socket, sockets, path)
      })
    })
  const { path = '', mode = 0, hosts } = options
  const unix = path === '' ? null : await listenOnPath(serverOf(path), path, mode)
  const ports = new Ports(() => serverOf(''))
  const close = async (): Promise<void> => {
    await ports.moved
    // Who learns that his connection is gone, and connects again, shall be refused.
    const ended = Promise.all([ports.close(), unix === null ? null : closed(unix)])
    for (const socket of sockets) socket.destroy()
    await ended
  }
  try {
    await ports.move({
      port: options.port,
      hosts: unix !== null && options.port === 0 ? [] : hosts,
    })
    if (unix === null && !ports.listening) {
      throw new ListenError('EADDRNOTAVAIL', 'Configured to not listen anywhere', undefined)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    get port() {
      return ports.port
    },
    move: (place) => ports.move(place.port === 0 ? { ...place, hosts: [] } : place),
    close,
  }
}

async function listenOnPath(server: Server, path: string, mode: number): Promise<Server> {
  try {
    // What a server left behind is in the way; any other file is not ours to remove.
    if (statSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path)
    await bind(server, { path })
    if (mode !== 0) chmodSync(path, mode)
    return server
  } catch (error) {
    server.close()
    throw explain(error, `Failed opening Unix socket: bind: ${path}`)
  }
}

/** Nothing that listens is there for these: addresses of a kind that a machine does not have. */
const MISSING: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])

/** What listens on TCP, each on an address of its own. */
class Ports {
  port = 0
  private readonly make: () => Server
  private servers: { readonly name: string; readonly server: Server }[] = []
  /** Moves come one after the other. */
  moved: Promise<void> = Promise.resolve()

  constructor(make: () => Server) {
    this.make = make
  }

  get listening(): boolean {
    return this.servers.length > 0
  }

  move(place: TcpPlace): Promise<void> {
    const move = this.moved.then(() => this.moveNow(place))
    this.moved = move.catch(() => {})
    return move
  }

  private async moveNow({ port, hosts }: TcpPlace): Promise<void> {
    const before = this.servers
    const names = hosts.map(({ host }) => nameOf(host, port))
    // Those that stay never stop; the others go first, as `*` is in the way of all.
    const kept = before.filter(({ name }) => names.includes(name))
    const gone = before.filter((one) => !kept.includes(one))
    for (const { server } of gone) server.close()
    this.servers = kept
    try {
      this.port = hosts.length === 0 ? 0 : await this.add(hosts, port)
    } catch (error) {
      const fresh = this.servers.filter((one) => !kept.includes(one))
      for (const { server } of fresh) server.close()
      this.servers = kept
      const old = gone.map(({ name }) => ({ host: hostOf(name), optional: true }))
      if (old.length > 0) await this.add(old, this.port)
      throw error
    }
  }

  /** Listen on these as well; the port in use. */
  private async add(hosts: readonly Host[], asked: number): Promise<number> {
    let port = asked
    for (const { host, optional = false } of hosts) {
      const name = nameOf(host, port)
      if (this.servers.some((one) => one.name === name)) continue
      const server = this.make()
      try {
        await bind(server, { host, port, ipv6Only: host.includes(':') })
      } catch (error) {
        server.close()
        // Where the system has chosen the port, it may be taken on another address.
        if (optional && (asked === 0 || MISSING.has(codeOf(error)))) continue
        throw explain(error, `Could not create server TCP listening socket ${name}`)
      }
      const address = server.address()
      if (address !== null && typeof address === 'object') port = address.port
      this.servers.push({ name: nameOf(host, port), server })
    }
    return port
  }

  /** To be called when it does not move (`moved`). */
  async close(): Promise<void> {
    await Promise.all(this.servers.map(({ server }) => closed(server)))
  }
}

const nameOf = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const hostOf = (name: string): string => name.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

const closed = (server: Server): Promise<unknown> => new Promise((done) => server.close(done))

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'UNKNOWN'

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
  const code = codeOf(error)
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
