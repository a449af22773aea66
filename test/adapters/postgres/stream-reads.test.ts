import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventLog, StreamPage } from '../../../src/ports/event-log.ts'
import { readingTogether } from '../../../src/adapters/postgres/stream-reads.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { unit } from '../../../src/testing/contracts/store-case.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

if (postgresUrl() !== undefined) {
  test('reads of streams in one turn find what each of them finds alone', async () => {
    const store = await freshPostgres().adapter.open({ clock: systemClock })
    try {
      for (const [stream, count] of [
        ['A/1', 5],
        ["A/it's", 3],
      ] as const)
        await store.commit([unit(stream, 'noStream', count)])
      const pages: StreamPage[] = [
        { stream: 'A/1', limit: 10 },
        { stream: 'A/none', limit: 10 },
        { stream: "A/it's", from: 2, limit: 10 },
        { stream: 'A/1', limit: 2 },
        { stream: 'A/1', from: 2, to: 4, limit: 10 },
        { stream: 'A/1', backwards: true, limit: 2 },
      ]
      const alone = []
      for (const page of pages) alone.push(await store.log.readStream(page))
      assert.deepEqual(await Promise.all(pages.map((page) => store.log.readStream(page))), alone)
      assert.deepEqual(
        alone.map((events) => events.map(({ version }) => version)),
        [[1, 2, 3, 4, 5], [], [2, 3], [1, 2], [2, 3, 4], [5, 4]],
      )
    } finally {
      await store.close()
    }
  })
}

test('reads of streams in one turn are one statement, and few enough of them', async () => {
  const asked: number[] = []
  const log = { readStream: async () => asked.push(1) && [] } as unknown as EventLog
  const all = async (_sql: string, streams: Uint8Array) => asked.push(Buffer.from(streams).readInt32BE(12)) && []
  const reads = readingTogether(log, { all } as never)
  await Promise.all(Array.from({ length: 65 }, (_, n) => reads.readStream({ stream: `A/${n}`, limit: 1 })))
  assert.deepEqual(asked, [64, 1])
})

test('a page that is read ahead waits for no other stream: it is made while the one before is worked on', async () => {
  const asked: string[] = []
  const log = { readStream: async ({ stream }: { stream: string }) => asked.push(stream) && [] } as unknown as EventLog
  const reads = readingTogether(log, { all: async () => asked.push('together') && [] } as never)
  const all = ['A/1', 'A/2'].map((stream) => reads.readStream({ stream, limit: 1 }))
  all.push(reads.readStream({ stream: 'A/3', from: 2, limit: 1, ahead: true }))
  assert.deepEqual(asked, ['A/3'])
  await Promise.all(all)
  assert.deepEqual(asked, ['A/3', 'together'])
})

test('whatever fails the statement is told to everybody who waits for it', async () => {
  const all = () => Promise.reject(new Error('it is away'))
  const reads = readingTogether({} as EventLog, { all } as never)
  const ends = await Promise.allSettled([1, 2].map((n) => reads.readStream({ stream: `A/${n}`, limit: 1 })))
  assert.deepEqual(
    ends.map((end) => end.status === 'rejected' && end.reason.message),
    ['it is away', 'it is away'],
  )
})
