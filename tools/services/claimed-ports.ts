import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloadsFolder } from './downloads.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { freePorts } from './ports.ts'

/** Ports that belong to the server whose data lie in `home`, for as long as that folder is there. */
interface Claim {
  readonly home: string
  readonly first: number
  readonly count: number
}

/**
 * The first of `count` ports in a row for the server in `home`, on which nobody listens and which no other server of
 * this user has: one that starts takes seconds to listen, and one that was killed wants its ports back. What `home`
 * had before is given up.
 */
export function claimPorts(count: number, home: string): Promise<number> {
  const file = join(downloadsFolder(), 'ports.json')
  return oneAtATime(join(downloadsFolder(), 'ports.lock'), async () => {
    const others = claimsIn(file).filter((claim) => claim.home !== home && existsSync(claim.home))
    const first = await freePorts(count, (port) => others.some((claim) => overlap(claim, port, count)))
    writeFileSync(`${file}.new`, JSON.stringify([...others, { home, first, count }]))
    renameSync(`${file}.new`, file)
    return first
  })
}

const claimsIn = (file: string): readonly Claim[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Claim[]) : []

const overlap = (claim: Claim, first: number, count: number): boolean =>
  first < claim.first + claim.count && claim.first < first + count
