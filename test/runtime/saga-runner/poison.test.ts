import assert from 'node:assert/strict'
import { process, saga, service, system, type Running } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { Book, Cabinet, File, Note, Noted } from '../notes.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

/** A process that files what is noted, and cannot read what is poison. */
const filing = (mended: boolean) =>
  process('filing', { initial: (): { notes: number } => ({ notes: 0 }) }).on(
    Noted,
    (e) => e.id,
    ({ notes }, { id, text }) => {
      if (text === 'poison' && !mended) throw new Error('nobody can read this')
      return { state: { notes: notes + 1 }, send: [File({ id, text: `${notes + 1} ${text}` })] }
    },
  )
/** A saga that cannot tell whose instance poison starts. */
const copying = (mended: boolean) =>
  saga('copying', {
    startedBy: Noted,
    id: ({ id, text }) => {
      if (text === 'poison' && !mended) throw new Error('nobody can read this')
      return `${id}-${text}`
    },
  }).pivotCall('file', { call: File, with: ({ input: { id, text } }) => ({ id, text: `copy of ${text}` }) })
const officeOf = (part: ReturnType<typeof filing> | ReturnType<typeof copying>) =>
  system('office', {
    services: [service('books', { parts: [Book, part] }), service('cabinets', { parts: [Cabinet] })],
  })

const filed = async (open: Pick<Running<any>, 'events'>, id: string): Promise<readonly string[]> => {
  const texts: string[] = []
  for await (const { data } of open.events.stream(`Cabinet/${id}`)) texts.push((data as { text: string }).text)
  return texts
}
const consumer = 'books/process:filing'
const lettersOf = (open: Pick<Running<any>, 'inspect'>, name = consumer) =>
  open.inspect.deadLetters.list({ consumer: name, limit: 10 })

async function poisoned(open: Pick<Running<any>, 'execute' | 'inspect' | 'events'>): Promise<void> {
  const notes = [
    ['bad', 'one'],
    ['bad', 'poison'],
    ['good', 'one'],
    ['bad', 'two'],
    ['good', 'two'],
  ] as const
  for (const [id, text] of notes) await open.execute(Note({ id, text }) as never)
  await until('the instance is parked', async () => (await lettersOf(open)).length === 1)
  await until('the other instance flows', async () => (await filed(open, 'good')).length === 2)
}

overStores(
  'an event that a process fails on for good parks its instance; others flow, and it is replayed in order',
  async (t, store) => {
    const sick = await running(t, officeOf(filing(false)), { store })
    await poisoned(sick)
    await sick.execute(Note({ id: 'bad', text: 'three' }))
    await until('it waits', async () => (await lettersOf(sick))[0]?.behind === 2)
    assert.ok(await sick.caughtUp(patience), 'a parked instance is no work under way')
    const letter = await sick.inspect.deadLetters.get(consumer, 'filing/bad')
    assert.deepEqual(
      [letter?.key, letter?.type, letter?.source, letter?.message, letter?.attempts, letter?.history.length],
      ['filing/bad', 'Noted', 'mail', 'nobody can read this', 5, 5],
    )
    assert.deepEqual([letter?.schemaVersion, letter?.knownVersions], [1, [1]])
    const content = letter?.content as { body: { data: unknown } }
    assert.deepEqual(content.body.data, { id: 'bad', text: 'poison' })
    assert.deepEqual(await filed(sick, 'bad'), ['1 one'])
    await sick.stop()

    const well = await running(t, officeOf(filing(true)), { store })
    await well.operate.deadLetters.replay(consumer, 'filing/bad')
    await until('nothing is parked', async () => (await lettersOf(well)).length === 0)
    await well.execute(Note({ id: 'bad', text: 'four' }))
    assert.ok(await well.caughtUp(patience))
    assert.deepEqual(await filed(well, 'bad'), ['1 one', '2 poison', '3 two', '4 three', '5 four'])
  },
)

overStores('a poison event of a process is discarded, and what waits behind it goes on in order', async (t, store) => {
  const open = await running(t, officeOf(filing(false)), { store })
  await poisoned(open)
  const { deadLetters } = open.operate
  const order = { who: 'ada', why: 'a blot' }
  await assert.rejects(deadLetters.edit(consumer, 'filing/bad', { id: 'bad', text: 'x' }, order), /never edited/)
  await deadLetters.replay(consumer, 'filing/bad')
  await until('that fails', async () => (await lettersOf(open))[0]?.replays === 1)
  await deadLetters.discard(consumer, 'filing/bad', order)
  await until('nothing is parked', async () => (await lettersOf(open)).length === 0)
  assert.ok(await open.caughtUp(patience))
  assert.deepEqual(await filed(open, 'bad'), ['1 one', '2 two'])
})

overStores('an event that no saga can be started by is a dead letter of what brings events to it', async (t, store) => {
  const name = 'books/saga:copying<log'
  const sick = await running(t, officeOf(copying(false)), { store })
  for (const [id, text] of [
    ['a', 'poison'],
    ['a', 'behind'],
    ['b', 'fine'],
  ] as const)
    await sick.execute(Note({ id, text }))
  await until('the other saga runs', async () => (await filed(sick, 'b')).length === 1)
  await until('it is parked', async () => (await lettersOf(sick, name))[0]?.behind === 1)
  assert.ok(await sick.caughtUp(patience))
  const [letter] = await lettersOf(sick, name)
  assert.deepEqual([letter?.key, letter?.message], ['Book/a', 'nobody can read this'])
  await sick.stop()
  const well = await running(t, officeOf(copying(true)), { store })
  await well.operate.deadLetters.replay(name, 'Book/a')
  await until('both run', async () => (await filed(well, 'a')).length === 2)
  assert.ok(await well.caughtUp(patience))
  assert.deepEqual(
    [[...(await filed(well, 'a'))].sort(), await lettersOf(well, name)],
    [['copy of behind', 'copy of poison'], []],
  )
})
