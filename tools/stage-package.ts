import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildConsolePage } from './console-page.ts'
import { root } from './root.ts'

type Exports = Record<string, string | Record<string, string>>

/** Lays out in `folder` what a user installs: JavaScript, declarations, the console's page, a package.json for users. */
export async function stagePackage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const compiler = join(root, 'node_modules/typescript7/bin/tsc')
  const args = [compiler, '-p', join(root, 'tsconfig.json'), '--outDir', join(folder, 'dist')]
  const build = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  if (build.status !== 0) throw new Error(`the sources do not compile:\n${build.stdout}${build.stderr}`)
  await buildConsolePage(join(folder, 'dist/console/page'))
  for (const name of ['bin', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`)
}

// What serves the clone only (commands, tools, the condition that leads to the sources) would mislead a user.
function publishedManifest(): object {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Exports }
  const { private: _, scripts: __, devDependencies: ___, ...rest } = manifest as Record<string, unknown>
  const entries = Object.entries(manifest.exports).map(([subPath, entry]) => {
    if (typeof entry === 'string') return [subPath, entry]
    const { 'eventwright-source': source, ...published } = entry
    if (source !== undefined && !existsSync(join(root, source))) throw new Error(`${subPath} has no source ${source}`)
    return [subPath, published]
  })
  return { ...rest, exports: Object.fromEntries(entries) as Exports }
}
