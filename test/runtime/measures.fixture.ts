import type { TestContext } from 'node:test'
import { aggregate, command, event, projection, service, system, systemClock, t, type StoreAdapter } from 'eventwright'
import { bucketOfKey } from '../../src/ports/ownership.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Row, RowWrite, StoredRow, TableSpec } from '../../src/ports/views.ts'
import { commitQueue, type CommitQueue } from '../../src/runtime/commits/queue.ts'
import type { ViewFinding, ViewVerdict } from '../../src/runtime/views/view-check.ts'
import { rebuildKey, type RebuiltKey } from '../../src/runtime/views/rebuild-key.ts'
import { tableOf, viewConsumer } from '../../src/runtime/views/table.ts'
import { verifyViews, type VerifyViewsOptions } from '../../src/runtime/views/verify.ts'

/** Values of every kind that a column can have. */
const values = {
  id: t.string(),
  price: t.decimal(12, 3),
  count: t.long(),
  ratio: t.double(),
  at: t.timestamp(),
  blob: t.bytes(),
  flag: t.boolean(),
  parts: t.array(t.record('Part', { size: t.long(), data: t.bytes(), note: t.string().optional() })),
  note: t.string().optional(),
}

export const Measured = event('Measured', values)
export const Forgotten = event('Forgotten', { id: t.string() })
export const Measure = command('Measure', values)
export const Forget = command('Forget', { id: t.string() })

export const Measurement = aggregate('Measurement', {
  events: [Measured, Forgotten],
  commands: [Measure, Forget],
  id: (c) => c.id,
  initial: () => 0,
})
  .evolve({ Measured: (s) => s + 1, Forgotten: (s) => s + 1 })
  .decide({ Measure: (c) => Measured(c), Forget: (c) => Forgotten(c) })

const row = { ...values, times: t.int() }

const view = <N extends string>(name: N, mode: 'async' | 'inline' | 'live') =>
  projection(name, { from: [Measured, Forgotten], key: (e) => e.id, row, index: ['count'], mode }).on({
    Measured: (r, e) => ({ ...e, times: (r?.times ?? 0) + 1 }),
    Forgotten: () => undefined,
  })

export const Measures = view('measures', 'async')
export const MeasuresInline = view('measuresInline', 'inline')
export const MeasuresLive = view('measuresLive', 'live')
/** One row of which every event is a part, and one of each thing. */
export const Tally = projection('tally', {
  from: [Measured, Forgotten],
  key: (e) => ['all', e.id],
  row: { measured: t.int(), forgotten: t.int() },
}).on({
  Measured: (r) => ({ measured: (r?.measured ?? 0) + 1, forgotten: r?.forgotten ?? 0 }),
  Forgotten: (r) => ({ measured: r?.measured ?? 0, forgotten: (r?.forgotten ?? 0) + 1 }),
})

/** A system with a view of every mode. */
export const measures = system('measures', {
  services: [service('measures', { parts: [Measurement, Measures, MeasuresInline, MeasuresLive, Tally] })],
})

/** What is measured, by its name and a number that every value depends on. */
export function measure(id: string, n = 1) {
  return Measure({
    id,
    price: `${n}.125`,
    count: 9_007_199_254_740_993n + BigInt(n),
    ratio: n / 3,
    at: '2026-01-02T03:04:05.678Z',
    blob: new Uint8Array([n % 256, 0, 255]),
    flag: n % 2 === 0,
    parts: [
      { size: BigInt(n), data: new Uint8Array([1, n % 256]), note: 'first' },
      { size: 2n, data: new Uint8Array() },
    ],
    ...(n % 3 === 0 && { note: `note ${n}` }),
  })
}

/** The store once more, as an operator's process has it open. */
export async function opened(t: TestContext, adapter: StoreAdapter): Promise<Store> {
  const store = await adapter.open({ clock: systemClock })
  t.after(() => store.close())
  return store
}

type AnyView = typeof Measures | typeof MeasuresInline | typeof Tally

/** The table of the generation of a view that is in use. */
export async function tableIn(store: Store, view: AnyView): Promise<{ table: TableSpec; consumer: string }> {
  const builds = await store.builds.list(view.name)
  const { generation } = builds.find(({ state }) => state === 'active') ?? builds.at(-1)!
  const table = tableOf(view, generation)
  await store.views.ensure(table)
  return { table, consumer: viewConsumer(view.name, generation) }
}

/** A row as it is stored. */
export async function storedIn(store: Store, view: AnyView, key: string): Promise<StoredRow | undefined> {
  return (await store.views.get((await tableIn(store, view)).table, [key]))[0]
}

/** Writes a row behind everybody's back, or takes it away. */
export async function plant(
  store: Store,
  view: AnyView,
  key: string,
  change: (row: Row | undefined, applied: number) => Pick<RowWrite, 'row'> & Partial<RowWrite>,
): Promise<void> {
  const { table, consumer } = await tableIn(store, view)
  for (;;) {
    const [before] = await store.views.get(table, [key])
    const rows = await store.ownership.list(consumer)
    const { source, bucket, epoch, position } = rows[bucketOfKey(key, rows.length)]!
    const write = {
      table: table.name,
      key,
      applied: before?.applied ?? position,
      ...change(before?.row, before?.applied ?? 0),
    }
    const positions = [{ consumer, source, bucket, epoch, from: position, to: position, ttlMs: 1 }]
    const [outcome] = await store.commit([{ positions, rows: [write] }])
    if (outcome!.ok) return
  }
}

/** What the comparison of all views says. */
export async function compared(
  store: Store,
  options: VerifyViewsOptions = { keys: 'all' },
  system = measures,
): Promise<{ findings: ViewFinding[]; views: Record<string, ViewVerdict>; passes: number }> {
  const findings: ViewFinding[] = []
  const views: Record<string, ViewVerdict> = {}
  let passes = 0
  for await (const step of verifyViews(system.graph, store, options)) {
    findings.push(...step.findings)
    for (const verdict of step.views) views[verdict.view] = verdict
    passes = step.pass
  }
  return { findings, views, passes }
}

/** Makes a row anew as an operator's process does. */
export function mended(
  store: Store,
  view: string,
  key: string,
  graph = measures.graph,
  commit: CommitQueue['commit'] = commitQueue(store, systemClock).commit,
): Promise<RebuiltKey> {
  return rebuildKey(view, key, { graph, store, commit, clock: systemClock })
}
