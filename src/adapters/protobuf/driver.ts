import type { Reader, Writer } from 'protobufjs'
import { failure } from '../../base/errors.ts'

/** What is used of the package `protobufjs`. */
export interface Driver {
  readonly Reader: typeof Reader
  readonly Writer: typeof Writer
}

/** The package `protobufjs`, which the user installs. Error: EW_DRIVER_MISSING. */
export async function loadDriver(): Promise<Driver> {
  try {
    const { default: driver } = await import('protobufjs/minimal.js')
    return driver
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package protobufjs is not installed, and Protobuf needs it.', { cause })
  }
}
