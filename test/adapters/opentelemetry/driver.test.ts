import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { openTelemetry } from '../../../src/adapters/opentelemetry/index.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { root } from '../../../tools/root.ts'

/** Runs a module alone, since what it registers holds for its process. */
function alone(code: string): string {
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning', '--input-type=module']
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, '-e', code], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}

test('a provider that is registered later gets the spans, whichever way the program loads the package', () => {
  const told = alone(`
    import { openTelemetry } from 'eventwright/opentelemetry'
    import { trace } from '@opentelemetry/api'
    import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
    const telemetry = openTelemetry()
    const begin = (name) => telemetry.begin({ name, kind: 'internal', parent: {} })
    const early = begin('too early')
    early.end()
    const exporter = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
    begin('in time').end()
    const caller = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    trace.disable()
    const passed = telemetry.begin({ name: 'too late', kind: 'internal', parent: caller })
    console.log(JSON.stringify([early.trace, exporter.getFinishedSpans().map(({ name }) => name), passed.trace]))
  `)
  const passed = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  assert.deepEqual(JSON.parse(told), [{}, ['in time'], passed])
})

test('without the package it says which one is missing', () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@opentelemetry/api') throw new Error('Cannot find package')
      return next(specifier, context)
    },
  })
  try {
    assert.throws(
      () => openTelemetry(),
      (error) => isEventwrightError(error, 'EW_DRIVER_MISSING') && /api is not installed/.test(error.message),
    )
  } finally {
    hooks.deregister()
  }
  assert.equal(openTelemetry().kind, 'telemetry')
})
