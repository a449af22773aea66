import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Hono } from 'hono'
import { home } from '../settings.ts'
import type { LiveFeed } from './live-feed.ts'

const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
] as const

// Everything that the page uses comes from this server, and nothing in it is inline.
const guards = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** The live page at `/` and the stream that feeds it at `/live`. */
export function addPage(app: Hono, feed: LiveFeed): void {
  for (const [path, file, type] of files) {
    const content = readFileSync(resolve(home, 'page', file))
    app.get(path, () => new Response(content, { headers: { 'content-type': type, ...guards } }))
  }
  app.get('/live', () => feed.connect())
}
