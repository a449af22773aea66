import assert from 'node:assert/strict'
import { Account, bank, Counted, Counter, Opened } from '../bank.fixture.ts'
import { running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

overStores('appended events are exact about what they expect, and known again by their ids', async (t, store) => {
  const open = await running(t, bank, { store })
  const opening = Opened({ id: 'a', owner: 'ada', email: 'a@ada' })
  const eventIds = ['01900000-0000-7000-8000-000000000001']
  const first = await open.append(Account, 'a', [opening], { expected: 'noStream', eventIds })
  assert.deepEqual([first.version, first.repeated], [1, false])
  assert.equal((await open.views.accounts.get('a', { after: first.receipt, timeout: '1m' }))?.owner, 'ada')
  assert.deepEqual(await open.append(Account, 'a', [opening], { expected: 'noStream', eventIds }), {
    ...first,
    repeated: true,
  })
  await assert.rejects(open.append(Account, 'a', [opening], { expected: 'noStream' }), { code: 'EW_CONCURRENCY' })
  await assert.rejects(
    open.append(Account, 'b', [Opened({ id: 'b', owner: 'b', email: 'b' })], { expected: 'streamExists' }),
    { code: 'EW_CONCURRENCY' },
  )
  await assert.rejects(open.append(Account, 'a', [opening], { expected: 7 }), { code: 'EW_CONCURRENCY' })
  const counted = [Counted({ id: 'x' }), Counted({ id: 'x' })]
  const twice = [eventIds[0]!, eventIds[0]!]
  const fresh = '01900000-0000-7000-8000-000000000003'
  for (const given of [twice, [fresh, fresh], [fresh], [...twice, fresh], [fresh, fresh, eventIds[0]!]])
    await assert.rejects(open.append(Counter, 'x', counted, { eventIds: given }), { code: 'EW_UNIT' })
  await assert.rejects(
    open.append(Counter, 'x', counted, { eventIds: [eventIds[0]!, '01900000-0000-7000-8000-000000000002'] }),
    { code: 'EW_IDS' },
  )
  assert.equal((await open.append(Counter, 'x', counted)).version, 2)
  assert.equal(await open.events.head(), 3)
})
