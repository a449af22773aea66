import { mkdirSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Telemetry } from 'eventwright'

/** What tells of requests, commands and messages of this process. */
export interface Tracing {
  readonly telemetry: Telemetry | undefined
  /** Writes what has ended. */
  close(): Promise<void>
}

/**
 * `EVENTWRIGHT_TRACES`: a folder, into which each process writes what it does, a span of OpenTelemetry a line; by
 * default nobody does. `name` is what the process is called there.
 */
export async function tracingFrom(env: NodeJS.ProcessEnv, name: string): Promise<Tracing> {
  const folder = env['EVENTWRIGHT_TRACES']
  if (!folder) return { telemetry: undefined, close: async () => undefined }
  const [api, { AsyncLocalStorageContextManager }, { openTelemetry }, { providerInto }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/context-async-hooks'),
    import('eventwright/opentelemetry'),
    import('./trace-file.ts'),
  ])
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}-${process.pid}.jsonl`)
  const provider = providerInto(name, (lines) => appendFileSync(file, lines))
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.trace.setGlobalTracerProvider(provider)
  return { telemetry: openTelemetry(), close: () => provider.shutdown() }
}
