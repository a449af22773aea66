import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { command, handle, service, system, t as t_ } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { folderFor } from '../../fixtures/folder.ts'
import { patience } from '../../fixtures/patience.ts'
import { Mailbox, SendLetter } from '../messages.fixture.ts'
import { all, running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const Greet = command('Greet', { to: t_.string() })

overStores('a handler that only sends needs no idempotency key, and each call is another one', async (t, store) => {
  const greet = handle(Greet, async ({ to }, { send }) => send(SendLetter({ to, text: 'Hello' })))
  const open = await running(t, system('shop', { services: [service('mail', { parts: [Mailbox, greet] })] }), { store })
  for (let n = 0; n < 2; n++) await open.execute(Greet({ to: 'ada' }))
  assert.ok(await open.caughtUp(patience))
  assert.equal((await all(open.events.stream('Mailbox/ada'))).length, 2)
})

test('nor does one that only runs SQL', async (t) => {
  const file = join(folderFor(t), 'shop.db')
  const greet = handle(Greet, async ({ to }, { tx }) => {
    tx.run('create table if not exists greeted (name text)')
    tx.run('insert into greeted (name) values (?)', [to])
  })
  const store = sqlite(file)
  const open = await running(t, system('shop', { services: [service('mail', { parts: [Mailbox, greet] })] }), { store })
  for (const to of ['ada', 'grace']) await open.execute(Greet({ to }))
  await open.stop()
  const opened = await sqlite(file).open({ clock: { now: () => 0, sleep: async () => undefined } })
  t.after(() => opened.close())
  const rows = (await opened.query('select name from greeted order by name', [])) as { name: string }[]
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['ada', 'grace'],
  )
})
