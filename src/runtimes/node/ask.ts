/**
 * Requests to another server: one connection, all requests at once, one reply for each.
 *
 * A connection is kept for a while, because who moves one key moves many. One that has logged in is not:
 * the next request could be somebody else's.
 */
import { connect, type Socket } from 'node:net'
import type { Reply } from '../../core/reply.ts'
import type { NoAnswer, Server } from '../../engine/platform.ts'
import { RespReader } from '../../protocol/resp-reader.ts'

type Done = (answer: readonly Reply[] | NoAnswer) => void
type Requests = readonly (readonly string[])[]

/** As Redis keeps them. */
const KEPT_MS = 10_000
const MOST_KEPT = 64

/** Idle connections by host and port. */
const kept = new Map<string, Socket>()

export const keptConnections = (): number => kept.size

/** Calls `done` once. */
export function ask(server: Server, requests: Requests, done: Done): void {
  const name = `${server.host} ${server.port}`
  const idle = kept.get(name)
  if (idle === undefined || requests[0]?.[0] === 'AUTH') {
    send(server, requests, null, done)
    return
  }
  release(name, idle)
  send(server, requests, idle, (answer) => {
    // It may have been closed over there meanwhile; then nothing has been read from it.
    if (answer === 'writing') send(server, requests, null, done)
    else done(answer)
  })
}

function send(server: Server, requests: Requests, open: Socket | null, done: Done): void {
  const replies: Reply[] = []
  const reader = new RespReader()
  const socket = open ?? connect({ host: server.host, port: server.port })
  // On a connection that was idle an end before the first byte means that it was closed before.
  let step: NoAnswer = open === null ? 'connecting' : 'writing'
  let settled = false
  const settle = (answer: readonly Reply[] | NoAnswer): void => {
    if (settled) return
    settled = true
    socket.removeAllListeners()
    // What a socket that is thrown away says is of no interest any more.
    socket.on('error', () => {})
    if (typeof answer === 'string' || requests[0]?.[0] === 'AUTH') socket.destroy()
    else keep(`${server.host} ${server.port}`, socket)
    done(answer)
  }
  const write = (): void => {
    step = 'writing'
    socket.write(encode(requests), 'latin1', () => {
      if (open === null) step = 'reading'
    })
  }
  socket.ref()
  socket.setTimeout(server.timeout, () => settle(open === null ? step : 'reading'))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Redis connects without waiting: it meets a closed port when it writes.
    settle(error.code === 'ECONNREFUSED' ? 'writing' : step)
  })
  socket.on('close', () => settle(step))
  socket.on('data', (chunk) => {
    step = 'reading'
    try {
      replies.push(...reader.read(chunk))
    } catch {
      return settle('reading')
    }
    if (replies.length >= requests.length) settle(replies)
  })
  if (open === null) socket.on('connect', write)
  else write()
}

function keep(name: string, socket: Socket): void {
  if (kept.has(name) || kept.size >= MOST_KEPT) {
    socket.destroy()
    return
  }
  kept.set(name, socket)
  const end = (): void => {
    release(name, socket)
    socket.destroy()
  }
  socket.setTimeout(KEPT_MS, end)
  for (const event of ['close', 'end', 'data']) socket.on(event, end)
  socket.unref()
}

function release(name: string, socket: Socket): void {
  if (kept.get(name) === socket) kept.delete(name)
  socket.removeAllListeners()
  socket.on('error', () => {})
}

/** Byte strings as RESP, one character a byte. */
const encode = (requests: Requests): string =>
  requests
    .map((words) => {
      const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`)
      return `*${words.length}\r\n${bulks.join('')}`
    })
    .join('')
