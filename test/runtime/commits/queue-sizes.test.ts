import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../../src/adapters/memory/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue } from '../../../src/runtime/commits/queue.ts'
import { append, claimed, move } from '../../../src/testing/contracts/store-case.ts'

const text = JSON.stringify('x'.repeat(2_000))
const message = { id: 'm', service: 'shop', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
const mail = { saga: 'Pay', address: 'Pay/1', key: 'k', kind: 'reply', body: '{}' }
const saga = { id: 'Pay/1', saga: 'Pay', service: 'shop', definitionVersion: 1, status: 'running', closed: false }
const timer = { kind: 'set', id: 't', service: 'shop', dueAtMs: 1, command: 'C', data: '{}', meta: '{}' } as const
const wait = { kind: 'wait', consumer: 'orders', key: 'k', position: 1 } as const
const facts = { id: null, type: null, schemaVersion: null, correlationId: null }
const failed = { code: 'Error', message: '', stack: '', attempts: 1, history: [], handlers: 'h', replay: false }
const where = { consumer: 'orders', source: 'log', bucket: 0, key: 'k', position: 1 }
const park = { kind: 'park', ...where, facts, ...failed } as const
const snapshots = [{ stream: 'Pay/1', identity: 'i', version: 1, state: '{}' }] as const

test('whatever a unit carries counts towards the bytes that it may hold', async () => {
  const store = await memory().open({ clock: systemClock })
  const queue = commitQueue(store, systemClock, { ...commitLimits, unitBytes: 1_000 })
  const positions = [move(await claimed(store), 0)]
  const units: Unit[] = [
    { positions, outbox: [{ ...message, value: text }] },
    { positions, outbox: [{ ...message, headers: text }] },
    { positions, mail: [{ ...mail, body: text }] },
    {
      positions,
      appends: [append('Pay/1', 'any', 1, 1)],
      sagas: [{ ...saga, version: 1, dueAtMs: null, startedAtMs: 1, state: text }],
    },
    { positions, timers: [{ ...timer, data: text }] },
    { positions, timers: [{ ...timer, meta: text }] },
    { positions, timers: [{ kind: 'fire', timer, message: { ...message, value: text } }] },
    { positions, parks: [{ ...wait, raw: text }] },
    { positions, parks: [{ ...park, stack: text }] },
    { positions, parks: [{ ...park, message: text }] },
    { positions, parks: [{ ...park, history: [{ atMs: 1, code: 'Error', message: text }] }] },
    { positions, rows: [{ table: 'view_things_1', key: 'k', applied: 1, row: { name: text } }] },
    { positions, rows: [{ table: 'view_things_1', key: 'k', applied: 1, row: { json: [{ deep: text }] } }] },
    { positions, rows: [{ table: 'view_things_1', key: 'k', applied: 1, row: { raw: new Uint8Array(2_000) } }] },
    { positions, statements: [{ sql: `select ${text}`, params: [] }] },
    { positions, statements: [{ sql: 'select ?', params: [text] }] },
    { positions, snapshots: [{ ...snapshots[0], state: text }] },
  ]
  const tooMuch = { code: 'EW_UNIT', message: /holds \d+ bytes/ }
  for (const unit of units) await assert.rejects(queue.commit(unit), tooMuch, Object.keys(unit).join())
  await queue.commit({ positions, outbox: [message], mail: [mail], timers: [timer], parks: [wait] })
  assert.equal(await store.outbox.head(), 1)
  await queue.close()
  await store.close()
})

test('messages and mail count as rows, so that a batch of many of them ends', async () => {
  const opened = await memory().open({ clock: systemClock })
  const sizes: number[] = []
  const store = {
    ...opened,
    commit(units: readonly Unit[]) {
      sizes.push(units.length)
      return opened.commit(units)
    },
  }
  const queue = commitQueue(store, systemClock, { ...commitLimits, batchRows: 10 })
  const sending = (index: number): Unit => ({
    appends: [append(`Pay/${index}`, 'any', 1, 1)],
    outbox: [message, message],
    mail: [{ ...mail, address: `Pay/${index}` }],
  })
  await Promise.all([1, 2, 3, 4, 5].map((index) => queue.commit(sending(index))))
  assert.deepEqual(sizes, [3, 2])
  await queue.close()
  await opened.close()
})

test('statements and snapshots count as rows, too', async () => {
  const opened = await memory().open({ clock: systemClock })
  const sizes: number[] = []
  const store = {
    ...opened,
    async commit(units: readonly Unit[]) {
      sizes.push(units.length)
      return units.map(() => ({ ok: true as const, appends: [] }))
    },
  }
  const queue = commitQueue(store, systemClock, { ...commitLimits, batchRows: 4 })
  const unit = { appends: [append('Pay/1', 'any', 1, 1)] }
  const statements = [{ sql: 'select 1', params: [] }]
  const writing = () => queue.commit({ ...unit, appends: [append('Pay/1', 'any', 1, 1)], statements, snapshots })
  await Promise.all([writing(), writing(), writing()])
  assert.deepEqual(sizes, [2, 1])
  await queue.close()
  await opened.close()
})
