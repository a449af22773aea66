import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, systemClock } from 'eventwright'
import { claimed, move } from '../../../src/testing/contracts/store-case.ts'
import type { Store } from '../../../src/ports/store.ts'
import { deadLetterReports } from '../../../src/runtime/parking/dead-letter-report.ts'

/** A store in which dead letters of a consumer were discarded, one after the other. */
async function discarded(consumer: string, keys: readonly string[]): Promise<Store> {
  const store = await memory().open({ clock: systemClock })
  const held = await claimed(store, consumer)
  const facts = { id: null, type: null, schemaVersion: null, correlationId: null }
  const why = { code: 'Error', message: '', stack: '', attempts: 1, history: [], handlers: 'h', replay: false }
  for (const [index, key] of keys.entries()) {
    const where = { consumer, source: held.source, bucket: 0, key, position: index + 1 }
    const parks = [{ kind: 'park' as const, ...where, facts, ...why }]
    const [outcome] = await store.commit([{ positions: [move({ ...held, position: index }, index + 1)], parks }])
    assert.ok(outcome?.ok)
    await store.parked.discard(consumer, [{ key, position: index + 1 }], { who: 'ada', why: 'test' })
  }
  return store
}

test('what was done is paged without a gap or a repeat also beside live views, whose own is asked for by name', async () => {
  const [main, live] = [
    await discarded('post', ['a', 'b', 'c']),
    await discarded('view:v#1', ['v', 'w', 'x', 'y', 'z']),
  ]
  const { actions } = deadLetterReports(main, live, undefined)
  const paged = async (consumer?: string): Promise<readonly string[]> => {
    const keys: string[] = []
    for (let after: number | undefined; ;) {
      const named = { ...(consumer !== undefined && { consumer }), ...(after !== undefined && { after }) }
      const page = await actions({ ...named, limit: 2 })
      keys.push(...page.map(({ key }) => key))
      if (page.length < 2) return keys
      after = page.at(-1)!.seq
    }
  }
  assert.deepEqual(await paged(), ['c', 'b', 'a'])
  assert.deepEqual(await paged('post'), ['c', 'b', 'a'])
  assert.deepEqual(await paged('view:v#1'), ['z', 'y', 'x', 'w', 'v'])
})

test('where letters stand is paged in their order, those of live views among the others', async () => {
  const [main, live] = [await discarded('post', ['a', 'c', 'd']), await discarded('post', ['b', 'e'])]
  const { places, list } = deadLetterReports(main, live, undefined)
  const page = { consumer: 'post', limit: 3 }
  assert.deepEqual(await places(page), [
    { consumer: 'post', key: 'a', position: 1 },
    { consumer: 'post', key: 'b', position: 1 },
    { consumer: 'post', key: 'c', position: 2 },
  ])
  const after = { consumer: 'post', key: 'd' }
  assert.deepEqual(await places({ ...page, after }), [{ consumer: 'post', key: 'e', position: 2 }])
  assert.deepEqual(
    (await list(page)).map(({ consumer, key, position }) => ({ consumer, key, position })),
    await places(page),
  )
})
