import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SpanStart, Telemetry, TraceContext } from '../../ports/telemetry.ts'

/** A span that has ended, as whoever collects spans has got it. */
export interface ToldSpan {
  readonly name: string
  readonly kind: SpanStart['kind']
  readonly traceId: string
  readonly spanId: string
  /** The id of its parent; undefined for the root of a trace. */
  readonly parentId: string | undefined
  /** Ids of the spans that it is linked to. */
  readonly links: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
}

/** Telemetry whose spans can be looked at. */
export interface TelemetryUnderTest {
  readonly telemetry: Telemetry
  /** Everything that has ended, in the order of the ends. */
  told(): readonly ToldSpan[]
}

const outside = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'ours=1,theirs=2',
}
const root: SpanStart = { name: 'root', kind: 'internal', parent: {} }

interface TelemetryCase {
  readonly title: string
  run(opened: TelemetryUnderTest): Promise<void>
}

const cases: readonly TelemetryCase[] = [
  {
    title: 'a span that nothing has caused begins a trace of its own, wherever it begins',
    async run({ telemetry, told }) {
      const first = telemetry.begin(root)
      const second = first.within(() => telemetry.begin(root))
      second.end()
      first.end()
      assert.deepEqual(
        told().map(({ spanId, parentId }) => [spanId, parentId]),
        [second, first].map(({ trace }) => [idsOf(trace).spanId, undefined]),
      )
      assert.notEqual(idsOf(first.trace).traceId, idsOf(second.trace).traceId)
    },
  },
  {
    title: 'a span goes on with the trace of what has caused it, the state of the trace too',
    async run({ telemetry, told }) {
      const span = telemetry.begin({ ...root, parent: outside })
      span.end()
      const [{ traceId, parentId, spanId } = none] = told()
      assert.deepEqual({ traceId, spanId: parentId }, idsOf(outside))
      assert.deepEqual(idsOf(span.trace), { traceId, spanId })
      assert.match(span.trace.traceparent!, /^00-[\da-f]{32}-[\da-f]{16}-01$/)
      assert.equal(span.trace.tracestate, outside.tracestate)
    },
  },
  {
    title: 'what is no trace context counts as none',
    async run({ telemetry, told }) {
      const [version, trace, span, flags] = outside.traceparent.split('-') as [string, string, string, string]
      const unreadable = [
        '',
        'ff-'.concat(`${trace}-${span}-${flags}`),
        `${version}-${'0'.repeat(32)}-${span}-${flags}`,
        `${version}-${trace}-${'0'.repeat(16)}-${flags}`,
        `${version}-${trace.toUpperCase()}-${span}-${flags}`,
        `${version}-${trace}-${span}`,
        `${outside.traceparent}-more`,
        '\u0000'.repeat(100_000),
      ]
      for (const traceparent of unreadable) telemetry.begin({ ...root, parent: { traceparent } }).end()
      telemetry.begin({ ...root, parent: { traceparent: `cc${outside.traceparent.slice(2)}-more` } }).end()
      const parents = told().map(({ parentId }) => parentId)
      assert.deepEqual(parents, [...unreadable.map(() => undefined), idsOf(outside).spanId])
    },
  },
  {
    title: 'what its caller does not record is not recorded, and the trace goes on',
    async run({ telemetry, told }) {
      const unrecorded = `${outside.traceparent.slice(0, -2)}00`
      const span = telemetry.begin({ ...root, parent: { traceparent: unrecorded } })
      span.end()
      telemetry.begin(root).end()
      assert.match(span.trace.traceparent ?? '', /^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-00$/)
      assert.equal(told().length, 1)
    },
  },
  {
    title: 'the active span is that within which something runs, behind every wait too, and nothing outside',
    async run({ telemetry }) {
      assert.deepEqual(telemetry.active(), {})
      const [outer, inner] = [telemetry.begin({ ...root, parent: outside }), telemetry.begin(root)]
      await outer.within(async () => {
        assert.deepEqual(telemetry.active(), outer.trace)
        await nextTurn()
        assert.deepEqual(telemetry.active(), outer.trace)
        await inner.within(async () => {
          await nextTurn()
          assert.deepEqual(telemetry.active(), inner.trace)
        })
        assert.equal(
          await telemetry.detached(async () => (await nextTurn(), telemetry.active().traceparent)),
          undefined,
        )
        assert.deepEqual(telemetry.active(), outer.trace)
      })
      assert.equal(
        outer.within(() => 'its answer'),
        'its answer',
      )
      assert.notDeepEqual(inner.trace, {})
      assert.deepEqual(telemetry.active(), {})
    },
  },
  {
    title: 'links lead to other traces',
    async run({ telemetry, told }) {
      const other = telemetry.begin(root)
      telemetry.begin({ ...root, parent: outside, links: [other.trace, {}, outside, { traceparent: 'x' }] }).end()
      assert.deepEqual(told()[0]?.links, [idsOf(other.trace).spanId, idsOf(outside).spanId])
    },
  },
  {
    title: 'a span has the attributes that it began with and those that were set, and none that are undefined',
    async run({ telemetry, told }) {
      const attributes = { text: 'a', number: 1, yes: true, list: ['a', 'b'], nothing: undefined }
      for (const kind of ['internal', 'server', 'client', 'producer', 'consumer'] as const) {
        const span = telemetry.begin({ name: `a ${kind}`, kind, parent: {}, attributes })
        span.set({ text: 'b', more: 2, less: undefined })
        span.end()
      }
      const all = { text: 'b', number: 1, yes: true, list: ['a', 'b'], more: 2 }
      assert.deepEqual(
        told().map(({ name, attributes: had, failed }) => [name, had, failed]),
        ['internal', 'server', 'client', 'producer', 'consumer'].map((kind) => [`a ${kind}`, all, false]),
      )
      for (const { name, kind } of told()) assert.equal(name, `a ${kind}`)
    },
  },
  {
    title: 'a failure is told by its name',
    async run({ telemetry, told }) {
      telemetry.begin(root).end('EW_CONCURRENCY')
      telemetry.begin(root).end()
      assert.deepEqual(
        told().map(({ failed, attributes }) => [failed, attributes]),
        [
          [true, { 'error.type': 'EW_CONCURRENCY' }],
          [false, {}],
        ],
      )
    },
  },
  {
    title: 'what runs within a span may throw, and what it throws is what comes out',
    async run({ telemetry, told }) {
      const span = telemetry.begin(root)
      const error = new Error('thrown inside')
      assert.throws(() => span.within(() => fail(error)), error)
      await assert.rejects(
        span.within(() => Promise.reject(error)),
        error,
      )
      assert.deepEqual(telemetry.active(), {})
      span.end()
      assert.equal(told().length, 1)
    },
  },
]

/**
 * Registers the tests of everything that telemetry promises, for an adapter called `name`. `open` is called once a
 * test; what it opens records whatever has no parent that is not recorded.
 */
export function telemetryContract(name: string, open: () => TelemetryUnderTest): void {
  for (const { title, run } of cases) test(`${name}: ${title}`, () => run(open()))
}

const none: Partial<ToldSpan> = {}

function idsOf({ traceparent = '' }: TraceContext): { readonly traceId?: string; readonly spanId?: string } {
  const [, traceId, spanId] = traceparent.split('-')
  return { traceId, spanId } as { readonly traceId: string; readonly spanId: string }
}

function fail(error: Error): never {
  throw error
}
