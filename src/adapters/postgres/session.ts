import { failure } from '../../base/errors.ts'
import { PostgresDriver } from './driver.ts'
import { sqlState } from './faults.ts'
import type { DriverOptions } from './settings.ts'

interface Needed {
  readonly name: string
  readonly value: string
  /** What else will do. */
  accepts?(value: string): boolean
}

/** Settings under which the same statements and results mean what they mean here. */
const literal: readonly Needed[] = [
  { name: 'standard_conforming_strings', value: 'on' },
  { name: 'array_nulls', value: 'on' },
  { name: 'bytea_output', value: 'hex' },
  // With fewer digits a number is read as another one than was written.
  { name: 'extra_float_digits', value: '1', accepts: (digits) => Number(digits) > 1 },
]

/** What a connection of the store needs besides. */
const own: readonly Needed[] = [
  ...literal,
  // The others let whoever has waited for a lock fail; a batch looks anew instead.
  { name: 'default_transaction_isolation', value: 'read committed' },
  // Every other value waits for the disk of this server at least.
  { name: 'synchronous_commit', value: 'on', accepts: (level) => level !== 'off' },
]

/** A setting that is not as it is needed. */
interface Amiss extends Needed {
  readonly found: string
}

const oldest = 14

/**
 * Connections on which a store works. Settings of the database or the role that would change its meaning are overruled
 * for its own connections; the address stays as it is where there are none, as a pooler need not let settings pass.
 * Error: EW_STORE_UNSUITABLE for a database that cannot keep every text, a server that is too old, or settings that
 * something between overrules again.
 */
export async function connectDriver<T extends DriverOptions>(settings: T): Promise<PostgresDriver> {
  const driver = await PostgresDriver.create(settings)
  const amiss = await orClose(driver, () => examined(driver))
  if (amiss.length === 0) return driver
  await driver.close()
  const overruling = await PostgresDriver.create({ ...settings, url: withSettings(settings.url, amiss) })
  return orClose(overruling, async () => {
    const [still] = await examined(overruling).catch((error: unknown) => {
      // Where a pooler lets no setting pass, it says so as it would of a message that it cannot read.
      if (sqlState(error) === '08P01') return amiss
      throw error
    })
    if (still === undefined) return overruling
    const { name, found, value } = still
    throw unsuitable(overruling, `${name} is ${found} on every connection, and a store needs ${value}`)
  })
}

/** What a transaction of somebody else is asked for `literalAmiss`. */
export const literalSettings: string = literal.map(current).join(', ')

/** The setting by which a transaction of somebody else cannot be used, as a sentence says it. */
export function literalAmiss(values: readonly unknown[]): string | undefined {
  const [first] = amissIn(literal, values)
  return first && `${first.name} is ${first.found} in it; say \`set local ${first.name} = '${first.value}'\` first`
}

async function examined(driver: PostgresDriver): Promise<readonly Amiss[]> {
  const facts = `current_setting('server_version_num'), current_setting('server_encoding')`
  const [row] = await driver.all(`select ${[facts, ...own.map(current)].join(', ')}`)
  const [version, encoding, ...values] = row as readonly string[]
  const major = Math.floor(Number(version) / 10_000)
  if (major < oldest) throw unsuitable(driver, `the server has version ${major}, and a store needs ${oldest} or newer`)
  if (encoding !== 'UTF8')
    throw unsuitable(driver, `the database has the encoding ${encoding}, and only UTF8 can keep every text`)
  return amissIn(own, values)
}

function current({ name }: Needed): string {
  return `current_setting('${name}')`
}

function amissIn(needed: readonly Needed[], values: readonly unknown[]): readonly Amiss[] {
  return needed
    .map((each, index) => ({ ...each, found: String(values[index]) }))
    .filter(({ value, found, accepts }) => found !== value && accepts?.(found) !== true)
}

/** The address with these settings behind those that it has already, of which the last one counts. */
function withSettings(url: string, amiss: readonly Amiss[]): string {
  const address = new URL(url)
  const given = address.searchParams.get('options') ?? process.env['PGOPTIONS'] ?? ''
  const more = amiss.map(({ name, value }) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
  address.searchParams.set('options', [given, ...more].join(' ').trim())
  return address.href
}

function unsuitable({ name }: PostgresDriver, why: string): Error {
  return failure('EW_STORE_UNSUITABLE', `${name} cannot hold a store: ${why}.`)
}

async function orClose<T>(driver: PostgresDriver, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await driver.close()
    throw error
  }
}
