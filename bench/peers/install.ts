import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const mark = join(here, 'node_modules', '.installed')

/** Installs the peers exactly as the lock file has them, once; answers why that was not possible, or undefined. */
export async function installPeers(): Promise<string | undefined> {
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8') + process.version
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return undefined
  const npm = spawn('npm', ['ci', '--no-progress'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  })
  let said = ''
  npm.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
  try {
    const [code] = (await once(npm, 'close')) as [number | null]
    if (code !== 0) {
      rmSync(join(here, 'node_modules'), { recursive: true, force: true })
      return `npm ci in bench/peers ended with ${code}: ${said.trim().split('\n').slice(-3).join(' ')}`
    }
  } catch (error) {
    return `npm could not be started: ${error instanceof Error ? error.message : String(error)}`
  }
  writeFileSync(mark, lock)
  return undefined
}

/** The version of a peer as it is installed. */
export function peerVersion(name: string): string {
  return (JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version
}

/** A text that names a peer, with the version that is installed. */
export function withVersion(text: string, name: string): string {
  return text.replace(name, `${name} ${peerVersion(name)}`)
}
