/** Requests to another server: one connection, all requests at once, one reply for each. */
import { connect } from 'node:net'
import type { Reply } from '../../core/reply.ts'
import type { NoAnswer, Server } from '../../engine/platform.ts'
import { RespReader } from '../../protocol/resp-reader.ts'

/** Calls `done` once. */
export function ask(
  server: Server,
  requests: readonly (readonly string[])[],
  done: (answer: readonly Reply[] | NoAnswer) => void,
): void {
  const replies: Reply[] = []
  const reader = new RespReader()
  const socket = connect({ host: server.host, port: server.port })
  let step: NoAnswer = 'connecting'
  let settled = false
  const settle = (answer: readonly Reply[] | NoAnswer): void => {
    if (settled) return
    settled = true
    socket.destroy()
    done(answer)
  }
  socket.setTimeout(server.timeout, () => settle(step))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Redis connects without waiting: it meets a closed port when it writes.
    settle(error.code === 'ECONNREFUSED' ? 'writing' : step)
  })
  socket.on('close', () => settle(step))
  socket.on('connect', () => {
    step = 'writing'
    socket.write(encode(requests), 'latin1', () => {
      step = 'reading'
    })
  })
  socket.on('data', (chunk) => {
    try {
      replies.push(...reader.read(chunk))
    } catch {
      return settle('reading')
    }
    if (replies.length >= requests.length) settle(replies)
  })
}

/** Byte strings as RESP, one character a byte. */
const encode = (requests: readonly (readonly string[])[]): string =>
  requests
    .map((words) => {
      const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`)
      return `*${words.length}\r\n${bulks.join('')}`
    })
    .join('')
