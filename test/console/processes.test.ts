import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { processName } from '../../src/base/process-name.ts'
import { Processes } from '../../src/console/processes.ts'
import type { ConsumerReport } from '../../src/console/shown-consumer.ts'
import type { Page } from '../../src/console/wire.ts'
import type { ConsumerItem, Overview } from '../../src/console/wire/overview.ts'
import type { ProcessItem } from '../../src/console/wire/processes.ts'
import { hotel } from './console.fixture.ts'

type Held = Pick<ConsumerReport, 'owners' | 'leftBy'>

function reports(held: Readonly<Record<string, Held>>): readonly ConsumerReport[] {
  const rest = { source: 'log', position: 0, lag: 0, lagMs: 0, stalenessMs: 0, buckets: 1, parkedKeys: 0 }
  return Object.entries(held).map(([name, { owners, leftBy }]) => {
    return { ...rest, name, status: 'idle', owners, ...(leftBy && { leftBy }) }
  })
}

const by = (...owners: string[]): Held => ({ owners })
const left = (owner: string, untilMs: number): Held => ({ owners: [], leftBy: [{ owner, untilMs }] })
const shown = (items: readonly ProcessItem[]) =>
  items.map(({ process, state, holds, leaves, takenOverBy }) => [
    `${process} ${state}`,
    holds.join(),
    leaves.join(),
    takenOverBy.map((taker) => `${taker.process} ${taker.consumers}`).join(),
  ])

test('who holds what is told by process; of one that fell silent what others took over, and what waits for it', () => {
  const processes = new Processes()
  const work = processes.look(reports({ a: by('h/1/x', 'h/2/y'), b: by('h/1/x'), c: by('h/1/x') }), 1_000)
  assert.deepEqual(shown(work), [
    ['h/1 works', 'a,b,c', '', ''],
    ['h/2 works', 'a', '', ''],
  ])
  const silent = processes.look(reports({ a: by('h/2/y'), b: by('h/2/y'), c: left('h/1/x', 4_000) }), 9_000)
  assert.deepEqual(shown(silent), [
    ['h/1 silent', '', 'c', 'h/2 2'],
    ['h/2 works', 'a,b', '', ''],
  ])
  assert.deepEqual(
    [silent[0]?.seenAt, silent[0]?.silentSinceAt],
    ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:04.000Z'],
  )
  const over = processes.look(reports({ a: by('h/2/y'), b: by('h/2/y'), c: by('h/2/y') }), 10_000)
  assert.deepEqual(shown(over), [
    ['h/2 works', 'a,b,c', '', ''],
    ['h/1 left', '', '', 'h/2 3'],
  ])
  assert.deepEqual(shown(processes.look(reports({ a: by() }), 3_700_000)), [])
  assert.deepEqual(shown(new Processes().look(reports({ c: left('h/1/x', 4_000) }), 9_000)), [
    ['h/1 silent', '', 'c', ''],
  ])
})

test('the processes of a system are asked for, and the consumers say who holds them', async (t) => {
  const { desk, open } = await hotel(t, memory())
  await open.caughtUp()
  const { items } = await desk.get<Page<ProcessItem>>('processes')
  assert.deepEqual(
    items.map(({ process, isThis, state }) => [process, isThis, state]),
    [[processName, true, 'works']],
  )
  const { consumers, concerns } = await desk.get<Overview>('overview')
  const held = ({ heldBy }: ConsumerItem): readonly string[] => heldBy
  assert.deepEqual([...new Set(consumers.flatMap(held))], [processName])
  assert.deepEqual(concerns, [])
})
