import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

// Everything that the page uses comes from this server, and nothing in it is inline.
const guards = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Where the page lies in an installed package, and in a clone once it was built. */
export const usualFolder: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/console/page/' : './page/', import.meta.url),
)

/** The built page: `index.html` and the files that it uses, whose names tell their content. */
export class PageFiles {
  readonly #folder: string
  #builtMs = -1
  #files = new Map<string, { readonly content: Uint8Array<ArrayBuffer>; readonly type: string }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** A file by its path below the page, `''` for the page itself; undefined where there is none. */
  answer(path: string): Response | undefined {
    if (!this.#read()) return path === '' ? notBuilt() : undefined
    const file = this.#files.get(path === '' ? 'index.html' : path)
    if (file === undefined) return undefined
    const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    return new Response(file.content, { headers: { 'content-type': file.type, 'cache-control': cache, ...guards } })
  }

  /** Whether the page has a file at this path. */
  has(path: string): boolean {
    return this.#read() && this.#files.has(path)
  }

  /** Reads the folder anew when it was built anew; false while it is not built. */
  #read(): boolean {
    const index = join(this.#folder, 'index.html')
    if (!existsSync(index)) return false
    const { mtimeMs } = statSync(index)
    if (mtimeMs === this.#builtMs) return true
    const names = readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })
    this.#files = new Map(
      names.flatMap((name) => {
        const type = types.get(extname(name))
        const path = name.replaceAll(sep, '/')
        return type === undefined ? [] : [[path, { content: readFileSync(join(this.#folder, name)), type }]]
      }),
    )
    this.#builtMs = mtimeMs
    return true
  }
}

function notBuilt(): Response {
  const text =
    'The page of the console is not built. An installed package has it; in a clone of Eventwright `npm start` builds ' +
    'it, and so does buildConsolePage() of tools/console-page.ts. The interface below console/api/ answers meanwhile.\n'
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '5', ...guards }
  return new Response(text, { status: 503, headers })
}
