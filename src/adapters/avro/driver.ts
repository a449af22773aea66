import type avsc from 'avsc'
import { failure } from '../../base/errors.ts'

/** The package `avsc`, as far as it is used. */
export type Avsc = typeof avsc

/** The package `avsc`, which the user installs. Error: EW_DRIVER_MISSING. */
export async function loadAvsc(): Promise<Avsc> {
  try {
    const { default: loaded } = (await import('avsc')) as unknown as { readonly default: Avsc }
    return loaded
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package avsc is not installed, and messages in Avro need it.', { cause })
  }
}
