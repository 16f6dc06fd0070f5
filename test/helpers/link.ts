/**
 * Raw RESP: where one reply ends, what it looks like, and a TCP link that hands out replies as the
 * bytes they came in. Nothing here uses the code under test.
 */
import { connect, type Socket } from 'node:net'

const LF = 0x0a

/** Where the reply that begins at `from` ends; -1 if it is not all there yet. */
export function replyEnd(bytes: Buffer, from: number): number {
  const line = bytes.indexOf(LF, from)
  if (line < 0) return -1
  const kind = String.fromCharCode(bytes[from] as number)
  const count = Number(bytes.toString('latin1', from + 1, line - 1))
  const after = line + 1
  switch (kind) {
    case '+':
    case '-':
    case ':':
    case '_':
    case '#':
    case ',':
    case '(':
      return after
    case '$':
    case '=':
    case '!': {
      if (count < 0) return after
      const end = after + count + 2
      return end <= bytes.length ? end : -1
    }
    case '*':
    case '~':
    case '>':
      return itemsEnd(bytes, after, count)
    case '%':
      return itemsEnd(bytes, after, 2 * count)
    case '|': {
      const end = itemsEnd(bytes, after, 2 * count)
      return end < 0 ? -1 : replyEnd(bytes, end)
    }
    default:
      throw new Error(`not a reply: ${show(bytes.subarray(from))}`)
  }
}

function itemsEnd(bytes: Buffer, from: number, count: number): number {
  let at = from
  for (let i = 0; i < count && at >= 0; i++) at = at >= bytes.length ? -1 : replyEnd(bytes, at)
  return at
}

/** The shape of a reply: types and lengths, without what is random or depends on the clock. */
export function shape(reply: Buffer): string {
  let at = 0
  const line = (): string => {
    const end = reply.indexOf(LF, at)
    const text = reply.toString('latin1', at, end - 1)
    at = end + 1
    return text
  }
  const items = (count: number): string => Array.from({ length: count }, one).join(' ')
  const one = (): string => {
    const head = line()
    const kind = head[0] as string
    const count = Number(head.slice(1))
    switch (kind) {
      case '$':
      case '=':
        if (count < 0) return head
        at += count + 2
        return kind
      case '*':
      case '~':
      case '>':
        return count < 0 ? head : `${head}[${items(count)}]`
      case '%':
        return `${head}[${items(2 * count)}]`
      case '|':
        return `${head}[${items(2 * count)}] ${one()}`
      case '-':
        return head.split(' ')[0] as string
      default:
        return kind
    }
  }
  return one()
}

/** Bytes as a person reads them: escaped, a line to a line of protocol. */
export function show(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    if (byte === 0x0d) text += '\\r'
    else if (byte === 0x0a) text += '\\n\n'
    else if (byte === 0x5c) text += '\\\\'
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte)
    else text += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  const lines = text.replace(/\n$/, '').split('\n')
  if (lines.length > 60) lines.splice(50, lines.length - 55, `… ${lines.length - 55} lines …`)
  return lines.map((l) => `      ${l.length > 300 ? `${l.slice(0, 300)}…` : l}`).join('\n')
}

/** A request as clients send it. The words are byte strings. */
export function encodeRequest(argv: readonly string[]): Buffer {
  const parts = argv.map((word) => `$${word.length}\r\n${word}\r\n`)
  return Buffer.from(`*${argv.length}\r\n${parts.join('')}`, 'latin1')
}

/** Bytes that came in and were not handed out yet, with a way to wait for more. */
export class Inbox {
  private bytes: Buffer = Buffer.alloc(0)
  private parts: Buffer[] = []
  private waiting: (() => void) | null = null
  ended = false

  add(bytes: Uint8Array): void {
    this.parts.push(Buffer.from(bytes))
    this.signal()
  }

  end(): void {
    this.ended = true
    this.signal()
  }

  /** What is there, without taking it. */
  get rest(): Buffer {
    if (this.parts.length > 0) {
      this.bytes = Buffer.concat([this.bytes, ...this.parts])
      this.parts = []
    }
    return this.bytes
  }

  /** Take one reply if it is there. */
  take(): Buffer | null {
    const bytes = this.rest
    const end = bytes.length === 0 ? -1 : replyEnd(bytes, 0)
    if (end < 0) return null
    this.bytes = bytes.subarray(end)
    return bytes.subarray(0, end)
  }

  takeAll(): Buffer {
    const bytes = this.rest
    this.bytes = Buffer.alloc(0)
    return bytes
  }

  /** Wait until something new has come; false when nothing did in time. */
  more(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting = null
        resolve(false)
      }, ms)
      this.waiting = () => {
        clearTimeout(timer)
        this.waiting = null
        resolve(true)
      }
    })
  }

  private signal(): void {
    this.waiting?.()
  }
}

/** A TCP connection to a server. */
export class TcpLink {
  readonly inbox: Inbox = new Inbox()
  private readonly socket: Socket

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.inbox.add(bytes as Buffer))
    socket.on('end', () => this.inbox.end())
    socket.on('close', () => this.inbox.end())
    socket.on('error', () => {})
  }

  static open(port: number): Promise<TcpLink> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new TcpLink(socket)))
      socket.once('error', reject)
    })
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** One reply or push, as it came; null if the server said nothing for so long, or closed. */
  async next(ms = 3000): Promise<Buffer | null> {
    for (;;) {
      const reply = this.inbox.take()
      if (reply !== null) return reply
      if (this.inbox.ended || !(await this.inbox.more(ms))) return null
    }
  }

  async call(argv: readonly string[]): Promise<Buffer> {
    this.write(encodeRequest(argv))
    const reply = await this.next()
    if (reply === null) throw new Error(`no reply to ${argv.join(' ')}`)
    return reply
  }

  close(): void {
    this.socket.destroy()
  }
}
