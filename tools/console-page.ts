import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './root.ts'

const source = join(root, 'src/console/ui')

/** Where the page of the console lies when it is built; not committed. */
export const builtPage: string = join(root, 'dist/console/page')

/** Builds the page of the console into `folder`, unless it was built there from the same sources. */
export async function buildConsolePage(folder: string = builtPage): Promise<void> {
  const fingerprint = fingerprintOfSources()
  const isBuilt = (): boolean => {
    const mark = join(folder, 'built-from')
    return existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint
  }
  if (isBuilt()) return
  const { build } = await import('vite')
  mkdirSync(dirname(folder), { recursive: true })
  // Several processes may start at once, and one may be serving what is there.
  const fresh = mkdtempSync(`${folder}-`)
  // Vite says to everything that runs behind it that this is production.
  const { NODE_ENV: before } = process.env
  try {
    await build({
      configFile: false,
      root: source,
      base: './',
      logLevel: 'warn',
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
      build: {
        outDir: fresh,
        emptyOutDir: true,
        target: 'es2023',
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
      },
    })
    writeFileSync(join(fresh, 'built-from'), fingerprint)
    if (isBuilt()) return
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } catch (error) {
    if (!isBuilt()) throw error
  } finally {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
    rmSync(fresh, { recursive: true, force: true })
  }
}

function fingerprintOfSources(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  const patterns = ['**/*.{ts,tsx,css,html,svg}', '../wire.ts', '../wire/*.ts']
  for (const file of globSync(patterns, { cwd: source }).sort()) {
    hash.update(file).update(readFileSync(join(source, file)))
  }
  return hash.digest('hex')
}
