/** A client for measuring servers: whole batches of requests, and no parsing of what comes back. */
import { once } from 'node:events'
import { connect } from 'node:net'

/** A connection that sends requests in one piece and waits for all the replies. */
export interface Client {
  /** The replies, as they came. */
  exchange(requests: string): Promise<string>
  end(): void
}

/** The reply that says that all the others are here. */
const MARK = 'the end of a batch'
const ASK = `*2\r\n$4\r\nECHO\r\n$${MARK.length}\r\n${MARK}\r\n`
const END = Buffer.from(`$${MARK.length}\r\n${MARK}\r\n`)

/** Counting replies would cost more than some servers need to make them: the last one is known. */
export async function clientOf(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  let chunks: Buffer[] = []
  let arrived: (() => void) | null = null
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    // What is shorter has been cut in two.
    if (chunk.length < END.length) chunks = [Buffer.concat(chunks)]
    if ((chunks.at(-1) as Buffer).subarray(-END.length).equals(END)) arrived?.()
  })
  return {
    exchange: (requests) =>
      new Promise((done, fail) => {
        arrived = () => {
          const text = Buffer.concat(chunks).toString('latin1')
          chunks = []
          if (text.startsWith('-') || text.includes('\n-ERR')) fail(new Error(text.slice(0, 200)))
          else done(text)
        }
        socket.write(Buffer.from(requests + ASK, 'latin1'))
      }),
    end: () => socket.destroy(),
  }
}
