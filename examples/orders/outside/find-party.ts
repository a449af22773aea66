import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { OutsideError } from './outside-error.ts'
import { readAddress, type Address, type PartyKind } from './party-file.ts'

/** Which party, where it keeps its file, and how long it lives when nobody asks it anything. */
export interface PartyPlace {
  readonly kind: PartyKind
  readonly file: string
  readonly idleMs: number
}

/**
 * Finds the party that lives, or starts it. Of many that are started at once one stays: the others find its file locked
 * and end. Errors: `OutsideError` `outside_cannot_start`, `outside_no_answer` of one that is there and says nothing; the
 * reason of `signal`.
 */
export async function findParty(place: PartyPlace, signal: AbortSignal): Promise<Address> {
  const giveUp = performance.now() + patienceMs
  let started: Started | undefined
  try {
    while (performance.now() < giveUp) {
      const address = readAddress(place.file)
      if (address !== undefined && (await isAlive(place.kind, address))) return address
      signal.throwIfAborted()
      if (started?.failure !== undefined) throw new OutsideError('outside_cannot_start', started.failure)
      if (started === undefined || started.hasEnded) started = startParty(place)
      await sleep(pauseMs, undefined, { signal })
    }
    throw new OutsideError('outside_no_answer', `The ${place.kind} of ${place.file} is there and does not answer.`)
  } finally {
    started?.leave()
  }
}

/** Sends a request to a party. Rejects when the connection breaks. */
export function request(address: Address, path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' }
  return fetch(`http://127.0.0.1:${address.port}${path}`, { ...init, headers })
}

const patienceMs = 10_000
const pauseMs = 25
const healthMs = 1_000
const program = fileURLToPath(new URL('./process/run.ts', import.meta.url))

/** Another program may have got the port since, even the other party. */
async function isAlive(kind: PartyKind, address: Address): Promise<boolean> {
  try {
    const response = await request(address, '/healthz', { signal: AbortSignal.timeout(healthMs) })
    const body = (await response.json()) as { kind?: unknown }
    return response.ok && body.kind === kind
  } catch {
    return false
  }
}

interface Started {
  readonly hasEnded: boolean
  /** What it said when it could not serve. */
  readonly failure: string | undefined
  /** Lets it live on by itself. */
  leave(): void
}

/**
 * A session of its own: neither the end of this process nor a Ctrl-C in its terminal ends the party, which other
 * processes of the shop use too. It ends by itself when nobody has asked it for a while.
 */
function startParty({ kind, file, idleMs }: PartyPlace): Started {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, kind, file, `${idleMs}`], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Another company's program: it sees no settings of the shop.
    env: {},
  })
  let said = ''
  let failure: string | undefined
  let hasEnded = false
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()))
  child.on('error', (error) => {
    hasEnded = true
    failure = error.message
  })
  child.on('close', (code) => {
    hasEnded = true
    // One that was killed did not say that it cannot serve: it is started again.
    if (code !== 0 && code !== null) failure = said.trim() || `It ended with ${code}.`
  })
  return {
    get hasEnded() {
      return hasEnded
    },
    get failure() {
      return failure
    },
    leave() {
      child.stderr.destroy()
      child.unref()
    },
  }
}
