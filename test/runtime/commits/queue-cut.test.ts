import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isEventwrightError, systemClock } from 'eventwright'
import { postgres } from 'eventwright/postgres'
import type { Store } from '../../../src/ports/store.ts'
import type { Outcome, Unit } from '../../../src/ports/unit-of-work.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import { commitQueue, type CommitQueue } from '../../../src/runtime/commits/queue.ts'
import { patientStore } from '../../../src/runtime/loop/patient-store.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { cutProxy, type CutProxy } from '../../fixtures/cut-proxy.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { torture } from '../../fixtures/torture.ts'
import { appending } from '../units.fixture.ts'

const ifServed = postgresUrl() === undefined ? () => undefined : test

interface Opened {
  readonly proxy: CutProxy
  readonly store: Store
  readonly queue: CommitQueue
  /** The same data without the proxy. */
  readonly direct: Store
}

async function open(t: TestContext, limits = {}): Promise<Opened> {
  const { url, schema, adapter, drop } = freshPostgres()
  const direct = await adapter.open({ clock: systemClock })
  const proxy = await cutProxy(url)
  const opened = await postgres(proxy.url, { schema, poolSize: 4 }).open({ clock: systemClock })
  const store = patientStore(opened, systemClock, commitLimits.busyDeadlineMs)
  const queue = commitQueue(store, systemClock, { ...commitLimits, ...limits })
  t.after(async () => {
    await queue.close()
    await store.close()
    await proxy.close()
    await direct.close()
    await drop()
  })
  return { proxy, store, queue, direct }
}

const versions = (outcome: Outcome): unknown =>
  outcome.ok ? outcome.appends.map(({ version }) => version) : outcome.reason

ifServed('a commit whose connection is cut after it was sent is told as what it became', async (t) => {
  const { proxy, queue, direct } = await open(t)
  for (let round = 0; round < 10; round++) {
    const [one, other] = [`Cut/${round}-done`, `Cut/${round}-refused`]
    await direct.commit([appending(other, 'noStream')])
    const cut = proxy.cutAnswerTo(one)
    const committing = Promise.all([
      queue.commit(appending(one, 'noStream', 2)),
      queue.commit(appending(one, 'any')),
      queue.commit(appending(other, 'noStream')),
      queue.commit(appending(other, 1)),
    ])
    await cut
    assert.deepEqual((await committing).map(versions), [[2], [3], 'conflict', [2]])
    assert.deepEqual([await direct.log.version(one), await direct.log.version(other)], [3, 2])
  }
})

ifServed('a commit whose connection is cut before the server has it is sent again', async (t) => {
  const { proxy, queue, direct } = await open(t)
  for (let round = 0; round < 10; round++) {
    const stream = `Cut/${round}`
    const cut = proxy.cutRequest(stream)
    const committing = queue.commit(appending(stream, 'noStream'))
    await cut
    assert.deepEqual(versions(await committing), [1])
    assert.equal(await direct.log.version(stream), 1)
  }
})

ifServed('a server that is away for a while is waited for, and no longer than the deadline', async (t) => {
  const { proxy, queue, direct } = await open(t, { busyDeadlineMs: 1_500 })
  const away = (): void => {
    proxy.refuse = true
    proxy.cutAll()
  }
  away()
  const waiting = queue.commit(appending('Away/1', 'noStream'))
  setTimeout(() => (proxy.refuse = false), 300)
  assert.deepEqual(versions(await waiting), [1])
  away()
  const unit = appending('Away/2', 'noStream')
  await assert.rejects(queue.commit(unit), (error) => isEventwrightError(error, 'EW_STORE_UNREACHABLE'))
  proxy.refuse = false
  assert.deepEqual(versions(await queue.commit(unit)), [1])
  assert.equal(await direct.log.version('Away/2'), 1)
})

ifServed('under load, with connections cut all the time, every outcome is the truth', async (t) => {
  const { proxy, queue, direct } = await open(t)
  const random = seededRandom(20_261_126)
  const [until, longest] = [torture ? 60_000 : 3_000, patienceMs].map((ms) => performance.now() + ms)
  const told: { readonly unit: Unit; readonly outcome: Outcome }[] = []
  let [cuts, won] = [0, 0]
  const isEnough = (): boolean => cuts > 10 && won > 20 && won < told.length
  const goesOn = (): boolean => performance.now() < (isEnough() ? until! : longest!)
  const cutting = (async () => {
    while (goesOn()) {
      await systemClock.sleep(5 + random() * 60)
      proxy.cutAll()
      cuts++
    }
  })()
  const write = async (): Promise<void> => {
    while (goesOn()) {
      const stream = `Work/${Math.floor(random() * 40)}`
      const expected = random() < 0.5 ? 'any' : random() < 0.5 ? 'streamExists' : Math.floor(random() * 12)
      const unit = appending(stream, expected, 1 + Math.floor(random() * 3))
      const outcome = await queue.commit(unit)
      told.push({ unit, outcome })
      if (outcome.ok) won++
    }
  }
  await Promise.all([cutting, ...Array.from({ length: 32 }, write)])
  t.diagnostic(`${cuts} cuts, ${won} won, ${told.length - won} lost`)
  assert.ok(isEnough(), 'too little was tried')
  await assertTold(direct, told)
})

/** Winners are there where they were told to be, once; of losers nothing is there; positions and versions are dense. */
async function assertTold(
  { log }: Store,
  told: readonly { readonly unit: Unit; readonly outcome: Outcome }[],
): Promise<void> {
  const events = await log.readLog({ partition: 0, after: 0, limit: 1_000_000 })
  assert.deepEqual(
    events.map(({ position }) => position),
    events.map((_, index) => index + 1),
  )
  const places = new Map(events.map((event) => [event.id, event]))
  assert.equal(places.size, events.length, 'an event is there twice')
  let expected = 0
  for (const { unit, outcome } of told) {
    const { events: sent, stream } = unit.appends![0]!
    if (!outcome.ok) {
      assert.equal(outcome.reason, 'conflict')
      assert.ok(!sent.some(({ id }) => places.has(id)), 'something of a loser is there')
      continue
    }
    expected += sent.length
    const { version, position } = outcome.appends[0]!
    sent.forEach(({ id }, index) => {
      const back = sent.length - 1 - index
      const {
        stream: there,
        version: has,
        position: at,
      } = places.get(id) ?? assert.fail('an event of a winner is lost')
      assert.deepEqual([there, has, at], [stream, version - back, position - back])
    })
  }
  assert.equal(events.length, expected, 'events are there that nobody was told of')
}
