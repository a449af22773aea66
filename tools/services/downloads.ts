import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { oneAtATime } from './one-at-a-time.ts'

/** Where downloaded servers stay, for every checkout of this user. EVENTWRIGHT_DOWNLOADS names another folder. */
export function downloadsFolder(): string {
  return (
    process.env['EVENTWRIGHT_DOWNLOADS'] ||
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'eventwright')
  )
}

/** The folder of a download that is whole; undefined when it was never finished. */
export function downloaded(name: string): string | undefined {
  const folder = join(downloadsFolder(), name)
  return existsSync(folder) ? folder : undefined
}

/**
 * The folder of a download, which `fetch` fills when it is not there. `fetch` is told the folder that it fills and the
 * one to which that is moved when it is whole.
 */
export function download(name: string, fetch: (filled: string, final: string) => void): Promise<string> {
  const folder = downloadsFolder()
  // One lock for all: Maven's store of the user bears one command at a time.
  return oneAtATime(join(folder, 'downloads.lock'), async () => {
    const final = join(folder, name)
    if (existsSync(final)) return final
    const work = mkdtempSync(join(folder, 'fetch-'))
    try {
      const filled = join(work, name)
      mkdirSync(filled)
      fetch(filled, final)
      renameSync(filled, final)
      return final
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}
