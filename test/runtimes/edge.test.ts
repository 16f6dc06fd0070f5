import { Miniflare } from 'miniflare'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The handler in a real workerd isolate, where code from strings is forbidden. */
const SOURCE = `
import { createEngine, createFetchHandler } from './src/runtimes/edge/index.ts'
const open = createFetchHandler(() => createEngine())
const guarded = createFetchHandler(() => createEngine({ requirepass: 'x' }), { token: 's3cret', maxBody: 1000 })
export default {
  fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/eval') {
      try { return new Response(String(new Function('return 1')())) } catch (error) { return new Response(error.name) }
    }
    return url.hostname === 'guarded' ? guarded(request) : open(request)
  },
}
`

let worker: Miniflare

beforeAll(async () => {
  const id = `${process.cwd()}/edge-test-entry.js`
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        resolveId: (source) => (source === id ? id : null),
        load: (source) => (source === id ? SOURCE : null),
      },
    ],
    build: { write: false, target: 'es2022', lib: { entry: id, formats: ['es'] } },
  })
  const bundle = (Array.isArray(output) ? output[0] : output) as { output: { code: string }[] }
  worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.js', contents: bundle.output[0]?.code ?? '' }],
    compatibilityDate: '2026-07-01',
  })
  await worker.ready
})

afterAll(async () => {
  await worker.dispose()
})

interface Asked {
  status: number
  body: unknown
}

async function post(path: string, body: unknown, headers = {}, host = 'open'): Promise<Asked> {
  const response = await worker.dispatchFetch(`http://${host}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  })
  return { status: response.status, body: await response.json() }
}

const command = async (...words: unknown[]): Promise<unknown> => (await post('/', words)).body

describe('the fetch handler in workerd', () => {
  it('runs where code from strings is refused', async () => {
    const response = await worker.dispatchFetch('http://open/eval')
    expect(await response.text()).toBe('EvalError')
  })

  it('answers a command in the body', async () => {
    expect(await command('SET', 'city', 'Köln ☃')).toEqual({ result: 'OK' })
    expect(await command('GET', 'city')).toEqual({ result: 'Köln ☃' })
    expect(await command('STRLEN', 'city')).toEqual({ result: 9 })
    expect(await command('GET', 'nothing')).toEqual({ result: null })
    expect(await command('INCRBY', 'big', '9007199254740993')).toEqual({
      result: '9007199254740993',
    })
  })

  it('runs scripts, though code from strings is refused', async () => {
    const script = `local n = redis.call('INCR', KEYS[1])
      return { n, ARGV[1]:upper(), cjson.encode({ n = n }) }`
    expect(await command('EVAL', script, '1', 'scripted', 'abc')).toEqual({
      result: [1, 'ABC', '{"n":1}'],
    })
    expect((await post('/', ['EVAL', 'return nothing.x', '0'])).body).toEqual({
      error: expect.stringContaining("nonexistent global variable 'nothing'"),
    })
  })

  it('answers a command in the path', async () => {
    const set = await worker.dispatchFetch('http://open/set/a%2Fb/1?EX=100')
    expect(await set.json()).toEqual({ result: 'OK' })
    const get = await worker.dispatchFetch('http://open/get/a%2Fb')
    expect(await get.json()).toEqual({ result: '1' })
    expect(await command('TTL', 'a/b')).toEqual({ result: 100 })
    expect((await post('/set/raw', 'from the body')).body).toEqual({ result: 'OK' })
    expect(await command('GET', 'raw')).toEqual({ result: 'from the body' })
  })

  it('writes maps and pairs flat, as over RESP2', async () => {
    await command('HSET', 'h', 'f', 'v')
    expect(await command('HGETALL', 'h')).toEqual({ result: ['f', 'v'] })
    await command('ZADD', 'z', '1', 'a', '2.5', 'b')
    const result = ['a', '1', 'b', '2.5']
    expect(await command('ZRANGE', 'z', '0', '-1', 'WITHSCORES')).toEqual({ result })
  })

  it('writes strings in base64 when asked to', async () => {
    const headers = { 'upstash-encoding': 'base64' }
    expect((await post('/', ['ECHO', 'hi ☃'], headers)).body).toEqual({ result: 'aGkg4piD' })
    expect((await post('/', ['SET', 'x', '1'], headers)).body).toEqual({ result: 'OK' })
  })

  it('answers errors of Redis as errors, with status 400', async () => {
    await command('SET', 'word', 'abc')
    expect(await post('/', ['INCR', 'word'])).toEqual({
      status: 400,
      body: { error: 'ERR value is not an integer or out of range' },
    })
    expect(await post('/', ['NOPE'])).toMatchObject({ status: 400 })
  })

  it('runs a pipeline, one answer each, errors among them', async () => {
    const { status, body } = await post('/pipeline', [
      ['SET', 'p', 'x'],
      ['INCR', 'p'],
      ['GET', 'p'],
    ])
    expect(status).toBe(200)
    expect(body).toEqual([
      { result: 'OK' },
      { error: 'ERR value is not an integer or out of range' },
      { result: 'x' },
    ])
  })

  it('runs a transaction as a whole, or not at all', async () => {
    expect(
      (
        await post('/multi-exec', [
          ['SET', 't', '1'],
          ['INCR', 't'],
        ])
      ).body,
    ).toEqual([{ result: 'OK' }, { result: 2 }])
    const refused = await post('/multi-exec', [['SET', 't', '9'], ['NOPE']])
    expect(refused.status).toBe(400)
    expect(await command('GET', 't')).toEqual({ result: '2' })
  })

  it('refuses what needs a connection of its own', async () => {
    expect(await post('/', ['SUBSCRIBE', 'news'])).toMatchObject({ status: 400 })
  })

  it.each([
    ['no JSON', '{"'],
    ['not an array', '{"a":1}'],
    ['an empty array', '[]'],
    ['a null word', '["GET",null]'],
  ])('refuses a body that is %s', async (_, body) => {
    const answer = await post('/', body)
    expect(answer.status).toBe(400)
    expect(answer.body).toHaveProperty('error')
  })

  it('lets nobody in without the token', async () => {
    expect(await post('/', ['PING'], {}, 'guarded')).toEqual({
      status: 401,
      body: { error: 'Unauthorized' },
    })
    const wrong = { authorization: 'Bearer s3crex' }
    expect((await post('/', ['PING'], wrong, 'guarded')).status).toBe(401)
    const right = { authorization: 'Bearer s3cret' }
    expect(await post('/', ['PING'], right, 'guarded')).toEqual({
      status: 200,
      body: { result: 'PONG' },
    })
  })

  it('reads no body beyond the limit', async () => {
    const right = { authorization: 'Bearer s3cret' }
    const answer = await post('/', ['SET', 'k', 'x'.repeat(2000)], right, 'guarded')
    expect(answer.status).toBe(413)
  })
})
