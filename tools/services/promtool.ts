import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { releaseName, withDebian } from './debian.ts'
import { download, downloadsFolder } from './downloads.ts'
import { findProgram } from './programs.ts'
import type { Say } from './service.ts'

/** The name of its download. Which version it is, the release of the distribution says. */
const name = (): string => `promtool-${releaseName()}`

/** Where the program is, or will be when it has been fetched: in PATH, else among the downloads. */
export function promtoolPath(): string {
  return findProgram('promtool') ?? join(downloadsFolder(), name(), 'promtool')
}

/** Takes the one in PATH or what was fetched before, else fetches it. Nobody needs root, and nothing is installed. */
export async function promtoolProgram(say: Say): Promise<string> {
  const installed = findProgram('promtool')
  if (installed !== undefined) return installed
  const folder = await download(name(), (filled) => {
    say('fetching promtool by apt-get (once)')
    const unpacked = mkdtempSync(join(dirname(filled), 'unpacked-'))
    try {
      withDebian('promtool', dirname(filled), (debian) => debian.unpack(['prometheus'], unpacked))
      // The server comes with it, and nobody starts it.
      copyFileSync(join(unpacked, 'usr/bin/promtool'), join(filled, 'promtool'))
    } finally {
      rmSync(unpacked, { recursive: true, force: true })
    }
  })
  return join(folder, 'promtool')
}
