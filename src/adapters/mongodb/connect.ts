import type { MongoClient } from 'mongodb'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { describe, type Settings } from './settings.ts'

/** The package `mongodb`, which the user installs. Error: EW_DRIVER_MISSING. */
export async function loadDriver(): Promise<typeof import('mongodb')> {
  try {
    return await import('mongodb')
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package mongodb is not installed, and views in MongoDB need it.', { cause })
  }
}

/** A connection, whose calls are counted and whose failures are ours. */
export interface Connection {
  readonly client: MongoClient
  readonly driver: typeof import('mongodb')
  /** Errors: EW_CLOSED, EW_STORE_UNREACHABLE; anything else is as the driver says it. */
  call<T>(operation: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Connects. What is written is on most members of a replica set before it counts, so that no row is taken back whose
 * position has moved.
 */
export async function connect(settings: Settings): Promise<Connection> {
  const driver = await loadDriver()
  const client = new driver.MongoClient(settings.url, {
    appName: 'eventwright',
    serverSelectionTimeoutMS: settings.connectTimeoutMs,
    connectTimeoutMS: settings.connectTimeoutMs,
    socketTimeoutMS: settings.operationTimeoutMs,
    waitQueueTimeoutMS: settings.operationTimeoutMs,
    writeConcern: { w: 'majority' },
    readPreference: 'primary',
    useBigInt64: true,
  })
  const name = describe(settings)
  const inFlight = new Set<Promise<unknown>>()
  let closed = false
  const call = async <T>(operation: () => Promise<T>): Promise<T> => {
    if (closed) throw failure('EW_CLOSED', `The views in ${name} were closed.`)
    const answer = operation()
    inFlight.add(answer)
    try {
      return await answer
    } catch (cause) {
      throw isUnreachable(cause) && !isEventwrightError(cause)
        ? failure('EW_STORE_UNREACHABLE', `${name} could not be reached, or did not answer.`, { cause })
        : cause
    } finally {
      inFlight.delete(answer)
    }
  }
  const close = async (): Promise<void> => {
    closed = true
    await Promise.allSettled(inFlight)
    await client.close()
  }
  try {
    await call(() => client.connect())
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return { client, driver, call, close }
}

const unreachable = /^Mongo(?:Network|ServerSelection|Topology|NotConnected|OperationTimeout|PoolCleared|WaitQueue)/
const labels = ['RetryableWriteError', 'ResetPool', 'SystemOverloadedError']

/** A server that is gone, or one that just became or ceased to be the primary. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (unreachable.test(error.name) || /interrupted due to server monitor timeout/.test(error.message)) return true
  const { hasErrorLabel } = error as { readonly hasErrorLabel?: (label: string) => boolean }
  return typeof hasErrorLabel === 'function' && labels.some((label) => hasErrorLabel.call(error, label))
}
