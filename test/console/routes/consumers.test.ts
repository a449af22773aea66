import assert from 'node:assert/strict'
import { start, type StoreAdapter } from 'eventwright'
import type { AuditItem, Done, Page } from '../../../src/console/wire.ts'
import type { StoredConsumerItem } from '../../../src/console/wire/consumers.ts'
import { patience } from '../../fixtures/patience.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { Pack, depotOf } from '../../runtime/dead-letters.fixture.ts'
import { hotel, type Desk } from '../console.fixture.ts'

const post = 'post/subscription:post'

/** Leaves what another system has of consumers in a store, one of them with a dead letter. */
async function left(store: StoreAdapter): Promise<void> {
  const failing = depotOf(() => {
    throw new Error('no such address')
  })
  const open = await start(failing, { store })
  await open.execute(Pack({ parcel: 'a', grams: 1 }) as never)
  assert.ok(await open.caughtUp(patience))
  await open.stop()
}

async function stored(desk: Desk): Promise<readonly StoredConsumerItem[]> {
  return (await desk.get<Page<StoredConsumerItem>>('consumers')).items
}

overStores(
  'what no design has any more is forgotten by its name, once it has nothing or says what goes',
  async (t, store) => {
    await left(store)
    const { desk } = await hotel(t, store)
    const [first] = await stored(desk)
    assert.equal(first?.isDeclared, false)
    const found = (await stored(desk)).find(({ consumer }) => consumer === post)
    assert.deepEqual([found?.isDeclared, found?.parkedKeys, found?.owners], [false, 1, 0])
    const of = `consumers/${encodeURIComponent(post)}/forget`
    const codeOf = async (path: string, body: object): Promise<string> => {
      const answer = await desk.order(path, body)
      return `${answer.status} ${((await answer.json()) as { code: string }).code}`
    }
    for (const body of [{}, { name: 'other' }, { name: 7 }]) assert.equal(await codeOf(of, body), '400 bad_request')
    assert.deepEqual((await desk.get<Page<AuditItem>>('actions')).items, [])
    assert.equal(await codeOf(of, { name: post }), '409 EW_CONSUMER_NOT_EMPTY')
    const declared = 'post/subscription:mails'
    const ofDeclared = `consumers/${encodeURIComponent(declared)}/forget`
    assert.equal(await codeOf(ofDeclared, { name: declared }), '409 EW_CONSUMER_DECLARED')

    const order = { name: post, withDeadLetters: true, reason: 'the post is closed' }
    const { outcome } = await desk.ordered<Done>(of, order, 'order-forget')
    assert.match(outcome, /^It is forgotten: \d+ buckets, 1 dead letters\.$/)
    assert.equal((await desk.ordered<Done>(of, order, 'order-forget')).repeated, true)
    assert.equal(
      (await stored(desk)).some(({ consumer }) => consumer === post),
      false,
    )
    const { items } = await desk.get<Page<AuditItem>>('actions')
    assert.ok(
      items.some(({ what, of: whom, why }) => what === 'consumer forgotten' && whom === post && /closed/.test(why)),
    )
  },
)
