/**
 * Commands over HTTP, in the dialect that Upstash's REST clients speak.
 *
 *     POST /              ["SET","k","v"]             -> {"result":"OK"}
 *     POST /pipeline      [["SET","k","v"],["GET","k"]] -> [{"result":"OK"},{"result":"v"}]
 *     POST /multi-exec    the same, as one transaction
 *     GET  /set/k/v?EX=60 a command as a path; a POST body becomes its last argument
 *
 * https://upstash.com/docs/redis/features/restapi
 */
import { CommandError } from '../../core/errors.ts'
import { BLOCKED, type Reply } from '../../core/reply.ts'
import type { Client, Sink } from '../../engine/client.ts'
import type { Engine } from '../../engine/engine.ts'
import { encodeUtf8, equalsConstantTime, fromBytes } from '../../util/bytes.ts'
import { type Json, toJson } from './json.ts'

export interface HandlerOptions {
  /** Wanted in `Authorization: Bearer …`. Without one, everybody is let in: say so on purpose. */
  token?: string
  /** Bytes of a request body at the most; 1 MiB unless told. */
  maxBody?: number
}

export type FetchHandler = (request: Request) => Promise<Response>

type Answer = { result: Json } | { error: string }

const MAX_BODY = 1 << 20

/** Commands that need a connection of their own, which one HTTP request is not. */
const CONNECTION_BOUND = new Set(
  'subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor multi exec discard watch unwatch hello reset quit auth client select'.split(
    ' ',
  ),
)

class BadRequest extends Error {
  readonly status: number
  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/**
 * A `fetch` handler for an engine, or for what makes one at the first request: isolates give no
 * entropy while a script loads. It answers errors as JSON and never throws.
 */
export function createFetchHandler(
  engine: Engine | (() => Engine),
  options: HandlerOptions = {},
): FetchHandler {
  let made: Engine | null = typeof engine === 'function' ? null : engine
  return async (request) => {
    const base64 = request.headers.get('upstash-encoding') === 'base64'
    try {
      authorize(request, options.token)
      const body = await readBody(request, options.maxBody ?? MAX_BODY)
      made ??= (engine as () => Engine)()
      const host: Host = { engine: made, base64, trusted: options.token !== undefined }
      return json(await route(host, request, body))
    } catch (error) {
      if (error instanceof BadRequest) return json({ error: error.message }, error.status)
      made?.platform.log('warning', `HTTP handler: ${String(error)}`)
      return json({ error: 'ERR internal error' }, 500)
    }
  }
}

/** What every step of one request needs. */
interface Host {
  readonly engine: Engine
  /** Strings of the answer are wanted in base64. */
  readonly base64: boolean
  /** The caller has shown the token: that stands for the password. */
  readonly trusted: boolean
}

function authorize(request: Request, token: string | undefined): void {
  if (token === undefined) return
  const given = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  if (!equalsConstantTime(encodeUtf8(given), encodeUtf8(token))) {
    throw new BadRequest('Unauthorized', 401)
  }
}

/** The body, read no further than the limit. */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) {
      await reader.cancel()
      throw new BadRequest('ERR request body is too large', 413)
    }
    chunks.push(value)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

async function route(host: Host, request: Request, body: Uint8Array): Promise<Answer | Answer[]> {
  const url = new URL(request.url)
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new BadRequest('ERR method not allowed', 405)
  }
  if (request.method === 'POST' && url.pathname === '/') {
    return run(host, wordsOf(parse(body)))
  }
  if (request.method === 'POST' && url.pathname === '/pipeline') {
    return session(host, async (client, replies) => {
      const answers: Answer[] = []
      for (const words of listOf(parse(body))) {
        answers.push(refusal(words) ?? answerOf(await ask(client, replies, words), host.base64))
      }
      return answers
    })
  }
  if (request.method === 'POST' && url.pathname === '/multi-exec') {
    return transaction(host, listOf(parse(body)))
  }
  return run(host, pathWords(url, body))
}

function run(host: Host, words: string[]): Promise<Answer> {
  const refused = refusal(words)
  if (refused !== null) return Promise.resolve(refused)
  return session(host, async (client, replies) =>
    answerOf(await ask(client, replies, words), host.base64),
  )
}

function transaction(host: Host, commands: string[][]): Promise<Answer | Answer[]> {
  const { base64 } = host
  return session(host, async (client, replies) => {
    await ask(client, replies, ['MULTI'])
    for (const words of commands) {
      const refused = refusal(words)
      const queued = refused ?? answerOf(await ask(client, replies, words), base64)
      if ('error' in queued) {
        await ask(client, replies, ['DISCARD'])
        return queued
      }
    }
    const results = await ask(client, replies, ['EXEC'])
    if (!Array.isArray(results)) return answerOf(results, base64)
    return results.map((reply) => answerOf(reply, base64))
  })
}

function refusal(words: readonly string[]): Answer | null {
  const name = (words[0] as string).toLowerCase()
  if (!CONNECTION_BOUND.has(name)) return null
  return { error: `ERR '${name}' needs a connection of its own and cannot be used over HTTP` }
}

// ---- Words ------------------------------------------------------------------------------------

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new BadRequest('ERR failed to parse the request body as JSON')
  }
}

function wordsOf(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new BadRequest('ERR a command is a JSON array with at least one word')
  }
  return value.map((word: unknown) => {
    if (typeof word === 'string') return encodeUtf8(word)
    if (typeof word === 'number' || typeof word === 'boolean') return String(word)
    // Upstash's clients send objects as JSON text; so does this.
    if (word !== null && typeof word === 'object') return encodeUtf8(JSON.stringify(word))
    throw new BadRequest('ERR a word of a command cannot be null')
  })
}

function listOf(value: unknown): string[][] {
  if (!Array.isArray(value)) throw new BadRequest('ERR a pipeline is a JSON array of commands')
  return value.map(wordsOf)
}

function pathWords(url: URL, body: Uint8Array): string[] {
  const words: string[] = []
  for (const part of url.pathname.split('/')) {
    if (part === '') continue
    try {
      words.push(encodeUtf8(decodeURIComponent(part)))
    } catch {
      throw new BadRequest('ERR the path is not valid')
    }
  }
  if (words.length === 0) throw new BadRequest('ERR the path names no command')
  if (body.length > 0) words.push(fromBytes(body))
  for (const [name, value] of url.searchParams) {
    if (name === '_token') continue
    words.push(encodeUtf8(name))
    if (value !== '') words.push(encodeUtf8(value))
  }
  return words
}

// ---- Sessions ---------------------------------------------------------------------------------

/** Replies of one client, as promises in the order of its requests. */
class Replies implements Sink {
  private readonly waiting: ((reply: Reply) => void)[] = []

  next(): Promise<Reply> {
    return new Promise((done) => this.waiting.push(done))
  }

  reply(reply: Reply): void {
    this.waiting.shift()?.(reply)
  }

  push(): void {}
  flush(): void {}
  close(): void {}
}

/** A client of the engine for as long as one HTTP request takes. */
async function session<T>(
  host: Host,
  use: (client: Client, replies: Replies) => Promise<T>,
): Promise<T> {
  const replies = new Replies()
  const { engine } = host
  const client = engine.connect(replies, { address: 'http', local: '' })
  if (host.trusted) client.authenticated = true
  client.resp = 3
  try {
    return await use(client, replies)
  } finally {
    engine.disconnect(client)
  }
}

function ask(client: Client, replies: Replies, words: readonly string[]): Promise<Reply> {
  const reply = replies.next()
  client.submit(words)
  client.engine.flush()
  return reply
}

function answerOf(reply: Reply, base64: boolean): Answer {
  if (reply instanceof CommandError) return { error: reply.toString() }
  if (reply === BLOCKED) return { error: 'ERR the command did not end' }
  return { result: toJson(reply, base64) }
}

function json(body: Answer | Answer[], status?: number): Response {
  const failed = !Array.isArray(body) && 'error' in body
  return new Response(JSON.stringify(body), {
    status: status ?? (failed ? 400 : 200),
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
