/** A small static server for the built playground, with the headers that it is meant to run under. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize, resolve, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.map': 'application/json',
  // The benches put peers beside the page.
  '.wasm': 'application/wasm',
}

/** Nothing from elsewhere, nothing inline, no code from strings. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  // Files to import may be anywhere.
  "connect-src 'self' https:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

export interface StaticServer {
  readonly port: number
  close(): Promise<void>
}

/** Serve a folder. Rejects with the system's error if the address cannot be had. */
export async function serveFolder(
  folder: string,
  port: number,
  host: string,
): Promise<StaticServer> {
  const root = resolve(folder)
  const server = createServer((request, response) => {
    const refuse = (status: number, text: string): void => {
      response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain' }).end(`${text}\n`)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(405, 'Method not allowed')
      return
    }
    const file = fileOf(root, request.url ?? '/')
    if (file === null) {
      refuse(404, 'Not found')
      return
    }
    readFile(file).then(
      (body) => {
        const hashed = file.includes(`${sep}assets${sep}`)
        response.writeHead(200, {
          ...HEADERS,
          'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
          'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        })
        response.end(request.method === 'HEAD' ? undefined : body)
      },
      () => refuse(404, 'Not found'),
    )
  })
  await bind(server, port, host)
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function bind(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      done()
    })
  })
}

/** The file that a path names, or null if it leads out of the folder or is not a path. */
function fileOf(root: string, url: string): string | null {
  let path: string
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
  } catch {
    return null
  }
  if (path.includes('\0')) return null
  const file = normalize(join(root, path.endsWith('/') ? `${path}index.html` : path))
  return file.startsWith(root + sep) ? file : null
}
