import { failure } from '../../base/errors.ts'

/** The package `@platformatic/kafka`, which the user installs. */
export type Library = typeof import('@platformatic/kafka')

/** Loads the package. Older ones have lost messages while they said that all were stored. Error: EW_DRIVER_MISSING. */
export async function loadLibrary(): Promise<Library> {
  let library: Library
  try {
    library = await import('@platformatic/kafka')
  } catch (cause) {
    const what = 'The package @platformatic/kafka is not installed, and a broker of Kafka needs it.'
    throw failure('EW_DRIVER_MISSING', what, { cause })
  }
  assertVersion(library.clientSoftwareVersion)
  return library
}

const least = [2, 12] as const

/** Error: EW_DRIVER_MISSING for a version that is too old, or for none. */
export function assertVersion(version: string | undefined): void {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  if (major > least[0] || (major === least[0] && minor >= least[1])) return
  throw failure(
    'EW_DRIVER_MISSING',
    `The package @platformatic/kafka is there in version ${version ?? 'unknown'}, and ${least.join('.')} is the least.`,
    { details: { version } },
  )
}
