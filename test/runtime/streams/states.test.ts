import assert from 'node:assert/strict'
import { aggregate, command, event, service, system, t } from 'eventwright'
import { running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const Added = event('Added', { id: t.string(), amount: t.long() })
const Spoilt = event('Spoilt', { id: t.string() })
const Add = command('Add', { id: t.string(), amount: t.long() })

const Sum = aggregate('Sum', {
  events: [Added, Spoilt],
  commands: [Add],
  id: (c) => c.id,
  initial: (): { total: bigint; seen: Set<string> } => ({ total: 0n, seen: new Set() }),
})
  .evolve({
    Added: (s, e) => ({ total: s.total + e.amount, seen: new Set([...s.seen, String(e.amount)]) }),
    Spoilt() {
      throw new Error('it cannot be added')
    },
  })
  .decide({ Add: (c) => Added(c) })

const Kept = event('Kept', { id: t.string() })
const Keep = command('Keep', { id: t.string() })
const Count = aggregate('Count', {
  events: [Kept],
  commands: [Keep],
  id: (c) => c.id,
  initial: (): { count: number } => ({ count: 0 }),
  snapshot: { every: 5, version: 1, state: { count: t.int() } },
})
  .evolve({ Kept: (s) => ({ count: s.count + 1 }) })
  .decide({ Keep: (c) => Kept(c) })

const garden = system('garden', { services: [service('garden', { parts: [Sum, Count] })] })

overStores('the state at each version is told as JSON, and the one before the first', async (t, store) => {
  const open = await running(t, garden, { store })
  const amounts = Array.from({ length: 1_100 }, (_, n) => Added({ id: 'a', amount: BigInt(n % 2) }))
  await open.append(Sum, 'a', amounts)
  const states = await open.inspect.events.states({ stream: 'Sum/a', from: 1_009, to: 1_010 })
  assert.equal(states.aggregate, Sum)
  assert.deepEqual(states.before, { total: '504', seen: ['0', '1'] })
  assert.deepEqual(
    states.states.map(({ event: { version }, state }) => [version, state]),
    [
      [1_009, { total: '504', seen: ['0', '1'] }],
      [1_010, { total: '505', seen: ['0', '1'] }],
    ],
  )
  const first = await open.inspect.events.states({ stream: 'Sum/a', from: 1, to: 1 })
  assert.deepEqual(
    [first.before, first.states[0]?.state],
    [
      { total: '0', seen: [] },
      { total: '0', seen: ['0'] },
    ],
  )
})

overStores('an event that the aggregate cannot take says why, and so do those behind it', async (t, store) => {
  const open = await running(t, garden, { store })
  await open.append(Sum, 'a', [Added({ id: 'a', amount: 1n }), Spoilt({ id: 'a' }), Added({ id: 'a', amount: 1n })])
  const { states } = await open.inspect.events.states({ stream: 'Sum/a', from: 1, to: 3 })
  assert.deepEqual(
    states.map(({ state, problem }) => [state !== undefined, problem]),
    [
      [true, undefined],
      [false, 'it cannot be added'],
      [false, 'it cannot be added'],
    ],
  )
  await open.operate.streams.delete('Sum/a', { who: 'ann', why: 'of no use' })
  const gone = await open.inspect.events.states({ stream: 'Sum/a', from: 1, to: 1 })
  assert.match(gone.states[0]!.problem!, /was deleted/)
  const unknown = await open.inspect.events.states({ stream: 'Nothing/a', from: 1, to: 9 })
  assert.deepEqual([unknown.aggregate, unknown.states], [undefined, []])
})

overStores(
  'a snapshot that is old enough is where the fold begins, and a fold that is too long is not made',
  async (t, store) => {
    const open = await running(t, garden, { store })
    for (let n = 0; n < 12; n++) await open.execute(Keep({ id: 'a' }))
    const at = async (stream: string, version: number) => {
      const { before, states } = await open.inspect.events.states({ stream, from: version, to: version })
      return [before, states[0]?.state, states[0]?.problem]
    }
    assert.deepEqual(await at('Count/a', 11), [{ count: 10 }, { count: 11 }, undefined])
    assert.deepEqual(await at('Count/a', 3), [{ count: 2 }, { count: 3 }, undefined])
    await open.append(
      Sum,
      'long',
      Array.from({ length: 1_999 }, () => Added({ id: 'long', amount: 1n })),
    )
    for (let n = 0; n < 10; n++)
      await open.append(
        Sum,
        'long',
        Array.from({ length: 2_000 }, () => Added({ id: 'long', amount: 1n })),
      )
    const [before, state, problem] = await at('Sum/long', 20_500)
    assert.deepEqual([before, state], [undefined, undefined])
    assert.match(String(problem), /20500 events/)
  },
)
