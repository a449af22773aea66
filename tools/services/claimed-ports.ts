import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloadsFolder } from './downloads.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { areFree, freePorts } from './ports.ts'

/** Ports that belong to the server whose data lie in `home`, for as long as that folder is there. */
interface Claim {
  readonly home: string
  readonly first: number
  readonly count: number
}

/**
 * The first of `count` ports in a row for the server in `home`, on which nobody listens and which no other server of
 * this user has: one that starts takes seconds to listen, and one that was killed wants its ports back. They are those
 * that it had, `kept`, if they are still to be had.
 */
export async function claimPorts(count: number, home: string, kept?: number): Promise<number> {
  const folder = downloadsFolder()
  const find = async (others: readonly Claim[]): Promise<number> => {
    const isTaken = (first: number): boolean => others.some((claim) => overlap(claim, first, count))
    return kept !== undefined && !isTaken(kept) && (await areFree(kept, count)) ? kept : freePorts(count, isTaken)
  }
  // Where nothing can be kept nobody can be told.
  if (!isWritable(folder)) return find([])
  const file = join(folder, 'ports.json')
  return oneAtATime(join(folder, 'ports.lock'), async () => {
    const others = claimsIn(file).filter((claim) => claim.home !== home && existsSync(claim.home))
    const first = await find(others)
    writeFileSync(`${file}.new`, JSON.stringify([...others, { home, first, count }]))
    renameSync(`${file}.new`, file)
    return first
  })
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const claimsIn = (file: string): readonly Claim[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Claim[]) : []

const overlap = (claim: Claim, first: number, count: number): boolean =>
  first < claim.first + claim.count && claim.first < first + count
