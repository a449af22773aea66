import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../src/base/clock.ts'
import { streamHash } from '../../src/base/hash.ts'
import { newId } from '../../src/base/ids.ts'
import { folderFor } from '../fixtures/folder.ts'
import { hotelFolder, hotelModule } from './hotel.fixture.ts'
import { line } from './line.fixture.ts'

interface Told {
  readonly id: string
  readonly type: string
  readonly causedBy?: string
  readonly depth: number
  readonly problem?: string
}

test('a correlation id is traced as a tree, after the index was brought on to all events', async (t) => {
  const folder = await hotelFolder(t)
  const store = ['--store', 'hotel.db']
  const whole = ['trace', 'guest-7', '--system', hotelModule, ...store]
  const shown = await line(folder, ...whole)
  assert.equal(shown.code, 0, shown.err)
  const lines = shown.out.split('\n')
  assert.match(lines[0]!, /^Booked {2}Booking\/b1@1 {2}\+0 ms {2}\{"bookingId":"b1",/)
  // Commands that the saga runs in its own service stand below its asking for them.
  const at = (pattern: RegExp): number => lines.findIndex((text) => pattern.test(text))
  assert.match(lines[at(/Charged/)]!, /^│ {2}└─ Charged {2}Till\/b1@1 {2}\+\d+ ms/)
  assert.match(lines[at(/Charged/) - 1]!, /^├─ ew\.StepRequested {2}stay\/b1@\d+/)
  assert.match(lines[at(/SagaCompleted/)]!, /^└─ ew\.SagaCompleted/)

  const told = JSON.parse((await line(folder, ...whole, '--json')).out) as {
    readonly events: readonly Told[]
    readonly isCut: boolean
    readonly behindEvents: number
  }
  assert.deepEqual([told.isCut, told.behindEvents], [false, 0])
  const byId = new Map(told.events.map((event) => [event.id, event]))
  const charged = told.events.find(({ type }) => type === 'Charged')!
  assert.deepEqual([charged.depth, byId.get(charged.causedBy!)?.type], [2, 'ew.StepRequested'])
  const bare = JSON.parse((await line(folder, 'trace', 'guest-7', '--json', ...store)).out) as typeof told
  assert.equal(bare.events.length, told.events.length)
  assert.ok([...bare.events, ...told.events].every(({ problem }) => problem === undefined))
  const cut = await line(folder, ...whole, '--limit', '1')
  assert.deepEqual([cut.out.split('\n').length, /more than these 1/.test(cut.err)], [2, true])
  const none = await line(folder, 'trace', 'nobody', ...store)
  assert.deepEqual([none.code, none.out], [1, 'no event has the correlation id nobody\n'])
})

const many = 21_500

test('however far behind the index is, all events are searched', async (t) => {
  const folder = folderFor(t)
  const store = await sqlite(join(folder, 's.db')).open({ clock: systemClock })
  const facts = { type: 'Noted', schemaVersion: 1, occurredAtMs: 0, data: '{}', checksum: 0 }
  const events = Array.from({ length: many }, (_, at) => {
    const meta = JSON.stringify({ causationId: 'c', correlationId: at === many - 1 ? 'late' : 'other' })
    return { ...facts, id: newId(), meta }
  })
  const stream = 'Note/1'
  await store.commit([{ appends: [{ stream, hash: streamHash(stream), partition: 0, expected: 0, events }] }])
  await store.close()
  const traced = await line(folder, 'trace', 'late', '--store', 's.db')
  assert.deepEqual([traced.code, traced.out], [0, `Noted  Note/1@${many}  +0 ms  {}\n`])
})
