import assert from 'node:assert/strict'
import { aggregate, command, event, saga, service, system, t as type } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { patience } from '../../fixtures/patience.ts'
import { running } from '../running.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'

const id = { id: type.string() }
const Asked = event('Asked', id)
const Stepped = event('Stepped', { id: type.string(), by: type.string() })
const Ask = command('Ask', id)

const Case = aggregate('Case', { events: [Asked, Stepped], commands: [Ask], id: (c) => c.id, initial: () => 0 })
  .evolve({ Asked: (n) => n + 1, Stepped: (n) => n })
  .decide({ Ask: (c) => Asked(c) })

const step = (by: string) => ({
  do: ({ input }: { readonly input: { readonly id: string } }, { append }: any): void =>
    append(Case, `${input.id}-${by}`, Stepped({ id: input.id, by })),
  undo: () => undefined,
})

const work = saga('work', { startedBy: Asked, id: (e) => e.id })
  .local('one', step('one'))
  .local('two', step('two'))
  .pivotLocal('three', { do: step('three').do })

const worker = system('worker', { services: [service('work', { parts: [Case, work], owner: 'test' })] })

const sagas = 20
/** What is known is trusted for so long, and a server that takes its time takes longer. */
const isSlow = process.env['EVENTWRIGHT_SLOW_STORE'] !== undefined

overStores(
  'a saga of local steps costs one unit that waits for the disk, and reads nothing that this process has written',
  async (t, adapter) => {
    const units: Unit[] = []
    let found = 0
    let tells = false
    const counted = altered(adapter, (store: Store) => ({
      async commit(batch) {
        const outcomes = await store.commit(batch)
        tells ||= outcomes.some((outcome) => outcome.ok && outcome.mailed !== undefined)
        units.push(...batch.filter(waits))
        return outcomes
      },
      log: { ...store.log, version: (stream) => (found++, store.log.version(stream)) },
      sagas: {
        ...store.sagas,
        get: (instance) => (found++, store.sagas.get(instance)),
        async mail(name, after, limit) {
          const page = await store.sagas.mail(name, after, limit)
          // The first mail is read, since whoever begins may have been elsewhere before.
          if (after > 0) found += page.length
          return page
        },
      },
    }))
    const open = await running(t, worker, { store: counted })
    for (let count = 0; count < sagas; count++) {
      await open.execute(Ask({ id: String(count) }))
      assert.ok(await open.caughtUp(patience))
    }
    // The first event may come before the owner of the saga has begun, and then it is brought as mail.
    assert.ok(units.length < 1.5 * sagas, `${units.length} units`)
    // Hints of others may make a reader look for himself now and then.
    assert.ok(!tells || isSlow || found < sagas / 2, `${found} rows were read back`)
  },
  everyStoreKind,
)

/** What only moves positions needs no disk. */
function waits({ positions: _, ...rest }: Unit): boolean {
  return Object.values(rest).some((list) => list !== undefined && list.length > 0)
}
