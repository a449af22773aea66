import assert from 'node:assert/strict'
import { process, service, system } from 'eventwright'
import { systemClock } from '../../src/base/clock.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Unit } from '../../src/ports/unit-of-work.ts'
import { patience } from '../fixtures/patience.ts'
import { Book, Cabinet, File, Note, Noted } from './notes.fixture.ts'
import { all, gate, running } from './running.fixture.ts'
import { altered, everyStoreKind, overStores } from './stores.fixture.ts'

const filing = process('filing', { initial: () => ({}) }).on(
  Noted,
  (e) => e.id,
  (_, note) => ({ state: {}, send: [File(note)] }),
)
const office = system('office', {
  services: [service('books', { parts: [Book, filing] }), service('cabinets', { parts: [Cabinet] })],
})

/** What works on after the process has sent its command takes its time. */
const restMs = 300

overStores(
  'what one consumer gives to another that was asked before is waited for',
  async (t, adapter) => {
    const [asked, sent] = [gate(), gate()]
    let hasSent = false
    const store = altered(adapter, (real: Store) => ({
      async commit(batch: readonly Unit[]) {
        if (hasSent) await systemClock.sleep(restMs)
        const sends = batch.some(({ sagas = [], outbox = [] }) => sagas.length > 0 && outbox.length > 0)
        if (sends) await asked.passed
        const outcomes = await real.commit(batch)
        if (sends) {
          hasSent = true
          sent.open()
        }
        return outcomes
      },
      sagas: {
        ...real.sagas,
        // Messages were asked for before, and the process sends one now.
        async counts(saga) {
          asked.open()
          await sent.passed
          return real.sagas.counts(saga)
        },
      },
    }))
    const open = await running(t, office, { store })
    await open.execute(Note({ id: '1', text: 'one' }))
    assert.ok(await open.caughtUp(patience))
    assert.equal((await all(open.events.stream('Cabinet/1'))).length, 1)
  },
  everyStoreKind,
)
