import assert from 'node:assert/strict'
import type { Page } from '../../../src/console/wire.ts'
import type { SagaCounts, SagaItem, SagaOrdered, SagaStory } from '../../../src/console/wire/sagas.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { allOf, book, enter, hotel } from '../console.fixture.ts'

overStores(
  'a stuck saga is found, read step by step, and goes on by the order of one of two operators',
  async (t, store) => {
    const { open, desk, world } = await hotel(
      t,
      store,
      { local: { who: 'ann' } },
      { mailBroken: false, tillJammed: true },
    )
    for (const id of ['b1', 'b2', 'b3']) await book(open, id)
    const stuck = async (): Promise<number> => (await desk.get<Page<SagaItem>>('sagas?status=stuck')).items.length
    await until('all are stuck', async () => (await stuck()) === 3, 60_000)
    const { counts } = await desk.get<SagaCounts>('sagas/counts')
    assert.deepEqual(counts, [{ saga: 'stay', status: 'stuck', instances: 3 }])
    const { items, pages } = await allOf<SagaItem>(desk, 'sagas?saga=stay&status=stuck', 2)
    assert.deepEqual([items.map(({ instance }) => instance), pages], [['stay/b1', 'stay/b2', 'stay/b3'], 2])

    const before = await desk.get<SagaStory>('sagas/stay%2Fb1')
    assert.deepEqual(
      before.steps.map(({ step, phase, undo, outcome, isStuck, message }) => [
        step,
        phase,
        undo,
        outcome,
        isStuck,
        message,
      ]),
      [
        ['hold', 'before', 'do', 'done', false, undefined],
        ['open-door', 'pivot', 'none', 'open', true, undefined],
        ['charge', 'after', 'none', 'not asked', false, 'Charge'],
        ['confirm', 'after', 'none', 'not asked', false, 'Confirm'],
      ],
    )
    const refusals = new Map(before.orders.map(({ order, refusal }) => [order, refusal]))
    assert.deepEqual([refusals.get('resume'), refusals.get('retry')], [undefined, undefined])
    assert.match(refusals.get('cancel')!, /the pivot was asked for/)

    world.tillJammed = false
    const other = await enter(t, open, { local: { who: 'bob' } })
    const answers = await Promise.all(
      [desk, other].map((each) =>
        each.ordered<SagaOrdered>('sagas/stay%2Fb1/resume', { reason: 'the door was mended' }),
      ),
    )
    assert.deepEqual(new Set(answers.map(({ order }) => order)).size, 2)
    await until('it is completed', async () => (await open.inspect.saga('stay/b1'))?.status === 'completed', 60_000)
    await until(
      'the other one is refused',
      async () => (await desk.get<SagaStory>('sagas/stay%2Fb1')).timeline.some(({ type }) => type === 'OrderRefused'),
      60_000,
    )
    const { timeline, orders } = await desk.get<SagaStory>('sagas/stay%2Fb1')
    const acted = timeline.filter(({ type }) => type === 'OperatorActed' || type === 'OrderRefused')
    assert.equal(acted.length, 2)
    assert.deepEqual(acted.map(({ text }) => /\((\w+): the door was mended\)/.exec(text)?.[1]).sort(), ['ann', 'bob'])
    assert.match(orders[0]!.refusal!, /the saga is completed/)
  },
)

overStores(
  'the same order twice is one, and steps are skipped with an output that a person tells',
  async (t, store) => {
    const { open, desk } = await hotel(t, store, { local: { who: 'ann' } }, { mailBroken: false, tillJammed: true })
    await book(open, 'b1')
    await until('it is stuck', async () => (await open.inspect.saga('stay/b1'))?.status === 'stuck', 60_000)
    const skip = { reason: 'the porter has opened', step: 'open-door', output: { door: 9 } }
    const first = await desk.ordered<SagaOrdered>('sagas/stay%2Fb1/skip', skip, 'key-of-skipping')
    const again = await desk.ordered<SagaOrdered>('sagas/stay%2Fb1/skip', skip, 'key-of-skipping')
    assert.deepEqual([first.repeated, again.repeated, again.order], [false, true, 'key-of-skipping'])
    await until('it is completed', async () => (await open.inspect.saga('stay/b1'))?.status === 'completed', 60_000)
    const { steps, timeline } = await desk.get<SagaStory>('sagas/stay%2Fb1')
    assert.deepEqual([steps[1]!.outcome, steps[1]!.output], ['done', { door: 9 }])
    assert.equal(timeline.filter(({ type }) => type === 'OperatorActed').length, 1)
    assert.equal((await desk.order('sagas/stay%2Fnobody/resume')).status, 404)
    assert.equal((await desk.order('sagas/stay%2Fb1/retry', { step: 7 })).status, 400)
    const late = await desk.ordered<SagaOrdered>('sagas/stay%2Fb1/terminate')
    assert.equal(late.refusal, 'the saga is completed')
  },
)
