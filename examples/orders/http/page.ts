import { readdirSync, readFileSync } from 'node:fs'
import { extname, resolve, sep } from 'node:path'
import type { Hono } from 'hono'
import { home } from '../settings.ts'

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

// Everything that the page uses comes from this server, and nothing in it is inline.
const guards = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** What feeds pages. */
export interface Live {
  /** A stream of server-sent events for one more page. */
  connect(): Promise<Response>
}

/** The live page at `/shop`, the files that it uses, and the stream that feeds it at `/live`. `/` leads there. */
export function addPage(app: Hono, feed: Live): void {
  const folder = resolve(home, 'page')
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types.get(extname(file))
    if (type === undefined) continue
    const content = readFileSync(resolve(folder, file))
    const path = file === 'index.html' ? '/shop' : `/${file.replaceAll(sep, '/')}`
    app.get(path, () => new Response(content, { headers: { 'content-type': type, ...guards } }))
  }
  app.get('/', (context) => context.redirect('/shop'))
  app.get('/live', () => feed.connect())
}
