import { createRequire } from 'node:module'
import type * as api from '@opentelemetry/api'
import { failure } from '../../base/errors.ts'

/** The package `@opentelemetry/api`, as far as it is used. */
export type Api = typeof api

/**
 * The package `@opentelemetry/api`, which the user installs. Its parts meet in the process whichever way it is loaded,
 * so it is by `require`, which waits for nothing. Error: EW_DRIVER_MISSING.
 */
export function loadApi(): Api {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as Api
  } catch (cause) {
    throw failure('EW_DRIVER_MISSING', 'The package @opentelemetry/api is not installed, and openTelemetry needs it.', {
      cause,
    })
  }
}
