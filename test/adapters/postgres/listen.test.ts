import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from 'eventwright'
import { unit } from '../../../src/testing/contracts/store-case.ts'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { until } from '../../runtime/running.fixture.ts'

if (postgresUrl() !== undefined) {
  test('a process that hears nobody else tells nobody, and tells whoever comes until that one leaves', async (t) => {
    const { adapter, schema } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    const ear = await connectTo(t, postgresUrl()!)
    const heard: string[] = []
    ear.on('notification', ({ payload = '' }) => void heard.push(payload))
    await ear.query(`listen "ew_${schema}"`)
    const told = (): number => heard.filter((payload) => !/^[+-]/.test(payload)).length
    await store.commit([unit('A/1')])
    await until('one that does not listen tells everybody', () => told() === 1)
    const [mine, theirs] = [[0], [0]] as [number[], number[]]
    store.watch(() => void mine[0]!++)
    await until('it listens', () => heard.some((payload) => payload.startsWith('+')))
    await until('it tells nobody', async () => {
      const before = told()
      await store.commit([unit('A/1')])
      await ear.query('select 1')
      return told() === before
    })
    const other = await adapter.open({ clock: systemClock })
    other.watch(() => void theirs[0]!++)
    await until('they know of each other', () => heard.filter((payload) => payload.startsWith('+')).length >= 3)
    for (const [from, counts] of [
      [store, theirs],
      [other, mine],
    ] as const) {
      const before = counts[0]!
      await from.commit([unit('A/1')])
      await until('the other hears of it', () => counts[0]! > before)
    }
    await other.close()
    await until('it has left', () => heard.some((payload) => payload.startsWith('-')))
    await until('nobody is told again', async () => {
      const before = told()
      await store.commit([{ ...unit('A/1'), inbox: [] }, unit('A/2')])
      await ear.query('select 1')
      return told() === before
    })
    await store.close()
  })
  test('many who come at once are all answered, one statement after the other', async (t) => {
    const warnings: string[] = []
    const onWarning = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', onWarning)
    t.after(() => process.off('warning', onWarning))
    const { adapter, schema } = freshPostgres()
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const ear = await connectTo(t, postgresUrl()!)
    const heard: string[] = []
    ear.on('notification', ({ payload = '' }) => void heard.push(payload))
    await ear.query(`listen "ew_${schema}"`)
    store.watch(() => undefined)
    await until('it listens', () => heard.length === 1)
    const [mine] = heard
    const others = Array.from({ length: 20 }, (_, n) => `+other-${n}`)
    await ear.query(`select pg_notify($1, who) from unnest($2::text[]) as who`, [`ew_${schema}`, others])
    await until('each is answered', () => heard.filter((payload) => payload === mine).length === 1 + others.length)
    // The driver says it in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(
      warnings.filter((message) => message.includes('already executing')),
      [],
    )
  })
}
