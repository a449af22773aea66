import '../../base/node-version.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import { loadApi } from './driver.ts'
import type { OpenTelemetryOptions } from './options.ts'
import { telemetryOf } from './telemetry.ts'

export type { OpenTelemetryOptions } from './options.ts'

/**
 * Tells OpenTelemetry what a system does, as spans of the tracer provider that the program has registered (or that it
 * is given). It needs the package `@opentelemetry/api`. Where nothing is registered nothing is recorded, and what comes
 * with a trace context passes it on. Error: EW_DRIVER_MISSING.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  return telemetryOf(loadApi(), options)
}
