import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Whom a server runs as. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Undefined is whoever runs the command. Root may not run PostgreSQL, so it gives the server to another user. */
export function serverOwner(preferred: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of [preferred, 'nobody']) {
    const [uid, gid] = [numberOf('-u', name), numberOf('-g', name)]
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error(`Root cannot run the server itself, and there is no user ${preferred} or nobody to run it.`)
}

function numberOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined
  }
}

/** Makes a folder that the owner can reach: the wished one, or, where he cannot pass its parents, a temporary one. */
export function reachableFolder(wished: string, owner: Owner | undefined): string {
  const folder = resolve(wished)
  mkdirSync(folder, { recursive: true })
  if (owner === undefined) return folder
  chmodSync(folder, 0o755)
  if (canPass(folder, owner)) return folder
  const other = mkdtempSync(join(tmpdir(), 'eventwright-service-'))
  chmodSync(other, 0o755)
  if (canPass(other, owner)) return other
  throw new Error(`The user with the id ${owner.uid} can reach neither ${folder} nor ${other}; set TMPDIR.`)
}

function canPass(folder: string, { uid, gid }: Owner): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0
}
