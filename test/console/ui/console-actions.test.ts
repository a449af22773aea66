// Every order that the console takes, given by the keyboard alone; the store is a SQLite file.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { placeOfServer } from '../../../tools/servers.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { thorough } from '../../fixtures/torture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { book } from '../console.fixture.ts'
import { errand, errandsIn, type Faults } from './errands.fixture.ts'
import { leave, order, press, write } from './keyboard.fixture.ts'
import { left, leftConsumer } from './left.fixture.ts'
import { opened, quiet, served, startVisits, type Visit } from './opened.fixture.ts'

// What runs inside the page; the compiler knows no DOM here.
declare const fetch: any

const executable = placeOfServer('chromium')
if (executable !== undefined && thorough) await testActions(executable)

async function testActions(browserPath: string): Promise<void> {
  const visit = await startVisits(browserPath)
  const post = 'mail/subscription:post'

  /** Errands at work with a console; what they do not do is said by their faults. */
  async function errands(t: TestContext, faults: Partial<Faults>) {
    const all = { isDoorShut: false, isHomeLost: false, isPostRefused: false, ...faults }
    const told: unknown[] = []
    const store = sqlite(join(folderFor(t), 'errands.db'))
    const open = await running(
      t,
      errandsIn(all, (data) => void told.push(data)),
      { store },
    )
    const entered = await visit(await served(t, open, { local: { who: 'ann', seesPersonalData: false } }))
    const letters = async (): Promise<readonly string[]> =>
      (await open.inspect.deadLetters.list({ limit: 99 })).map(({ key }) => key)
    return { open, faults: all, told, entered, page: entered.page, letters }
  }

  const settled = async (page: Page, status: string): Promise<void> =>
    page
      .getByRole('region', { name: 'About the instance' })
      .getByText(new RegExp(`\\b${status}\\b`))
      .first()
      .waitFor()

  test('sagas: retry now, cancel, mark undone, resume and terminate', async (t) => {
    const { open, faults, entered, page } = await errands(t, { isDoorShut: true, isHomeLost: true })
    for (const id of ['e1', 'e2', 'e3', 'e4']) await open.execute(errand(id))
    const waits = async (id: string): Promise<boolean> =>
      (await open.inspect.saga(`trip/${id}`))?.steps?.[0]?.request?.phase === 'paused'
    for (const id of ['e1', 'e2', 'e3', 'e4']) await until(`${id} waits`, () => waits(id))

    for (const id of ['e2', 'e3']) {
      await entered.to(`sagas/trip%2F${id}`)
      await order(page, 'Cancel', 'nobody needs it')
      await settled(page, 'stuck')
    }
    await entered.to('sagas/trip%2Fe2')
    await order(page, 'Mark undone', 'brought home by hand')
    await settled(page, 'compensated')
    faults.isHomeLost = false
    await entered.to('sagas/trip%2Fe3')
    await order(page, 'Resume', 'home is found')
    await settled(page, 'compensated')
    await entered.to('sagas/trip%2Fe4')
    await order(page, 'Terminate', 'of no use')
    await settled(page, 'terminated')
    faults.isDoorShut = false
    await entered.to('sagas/trip%2Fe1')
    await order(page, 'Retry now', 'the door is open')
    await settled(page, 'completed')
    await page.getByText('the door is open').first().waitFor()
    quiet(entered)
  })

  test('dead letters: dry run, replay, discard, and each for a whole group', async (t) => {
    const { open, faults, entered, page, letters } = await errands(t, { isPostRefused: true })
    const ids = ['e1', 'e2', 'e3', 'e4']
    for (const id of ids) await open.execute(errand(id))
    await until('all are dead', async () => (await letters()).length === 4)
    await entered.to(`dead-letters/${encodeURIComponent(post)}/e1`)
    await order(page, 'Discard', 'she has it already')
    await until('it is gone', async () => !(await letters()).includes('e1'))
    faults.isPostRefused = false
    await entered.to(`dead-letters/${encodeURIComponent(post)}/e2`)
    const plan = page.getByRole('region', { name: 'What a replay would do' })
    await press(page, page.getByRole('button', { name: 'Dry run of a replay' }))
    await plan.getByText('1 of 1 would be handled again').waitFor()
    await leave(page, 'Replay')
    assert.deepEqual(await letters(), ['e2', 'e3', 'e4'])
    await order(page, 'Replay', 'the post takes it now')
    await until('it is gone', async () => !(await letters()).includes('e2'))
    await entered.to('dead-letters')
    await press(page, page.getByRole('link', { name: 'Error', exact: true }))
    await press(page, page.getByRole('button', { name: 'Do something with all of these' }))
    await press(page, page.getByRole('button', { name: 'Dry run of a replay' }))
    await plan.getByText('2 of 2 would be handled again').waitFor()
    await leave(page, 'Replay them')
    assert.deepEqual(await letters(), ['e3', 'e4'])
    await order(page, 'Replay them', 'the post takes them now')
    const jobs = page.getByRole('region', { name: 'Jobs, the newest first' })
    await jobs.getByText('2 of 2 are replayed').waitFor()
    await until('none is left', async () => (await letters()).length === 0)
    faults.isPostRefused = true
    await open.execute(errand('e5'))
    await until('one more is dead', async () => (await letters()).length === 1)
    await entered.to(`dead-letters?consumer=${encodeURIComponent(post)}`)
    await press(page, page.getByRole('button', { name: 'Do something with all of these' }))
    await order(page, 'Discard them', 'of no use')
    await jobs.getByText('1 of 1 were discarded').waitFor()
    quietBut404(entered)
  })

  test('streams, views and jobs: archive, open again, delete, rebuild, rebuild a row, cancel', async (t) => {
    const { hotel } = await opened(t, {}, sqlite(join(folderFor(t), 'hotel.db')))
    for (const id of ['b1', 'b2']) await book(hotel, id)
    await hotel.caughtUp()
    // It does not end unless it is cancelled.
    const verify = async function* () {
      const step = { partition: 0 as const, position: 1, of: 2, events: 0, findings: [] }
      for (; ; await systemClock.sleep(10)) yield step
    }
    const slow = await served(t, { inspect: { ...hotel.inspect, verify }, operate: hotel.operate })
    const entered = await visit(slow)
    const { page } = entered
    await entered.to('streams/Booking%2Fb1')
    await order(page, 'Archive', 'the stay is over')
    await page
      .getByText(/\barchived\b/)
      .first()
      .waitFor()
    await order(page, 'Open again', 'it is not')
    await page
      .getByText(/\bopen\b/)
      .first()
      .waitFor()
    await order(page, 'Delete', 'she has asked for it', 'Booking/b1')
    await page
      .getByText(/\bdeleted\b/)
      .first()
      .waitFor()
    await entered.to('views/bookings')
    await press(page, page.getByRole('link', { name: 'b2', exact: true }))
    await order(page, 'Rebuild row', 'it looks wrong')
    await entered.to('views/bookings')
    await order(page, 'Rebuild', 'all of it looks wrong')
    const jobs = page.getByRole('region', { name: 'Jobs, the newest first' })
    await jobs.getByText(/is in use/).waitFor()
    const begun = await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'one-check' }
      return (await fetch('console/api/verify/store', { method: 'POST', headers, body: '{"reason":"a look"}' })).status
    })
    assert.equal(begun, 200)
    await order(page, 'Cancel', 'it takes too long')
    await jobs.getByText(/\bcancelled\b/).waitFor()
    const audit = page.getByRole('region', { name: 'Orders, the newest first' })
    await audit.getByText('it takes too long').first().waitFor()
    quiet(entered)
  })

  test('what is left: the rest of a stream whose deletion broke off, and a consumer of another system', async (t) => {
    const store = sqlite(join(folderFor(t), 'hotel.db'))
    await left(store)
    const console = await opened(t, {}, store)
    const { inspect, operate } = console.hotel
    await book(console.hotel, 'b1')
    const broken = { who: 'ann', why: 'she has asked for it', signal: AbortSignal.abort() }
    await assert.rejects(operate.streams.delete('Booking/b1', broken))
    const entered = await visit(console)
    const { page } = entered
    const isLeft = async (): Promise<boolean> => (await inspect.events.stream('Booking/b1'))?.unfinished === true
    await entered.to('streams/Booking%2Fb1')
    await leave(page, 'Delete the rest')
    assert.equal(await isLeft(), true)
    await order(page, 'Delete the rest', 'it broke off', 'Booking/b1')
    await until('nothing is left', async () => !(await isLeft()))

    const isStored = async (): Promise<boolean> =>
      (await inspect.storedConsumers()).some(({ consumer }) => consumer === leftConsumer)
    await entered.to('consumers')
    const row = page.getByRole('row', { name: leftConsumer })
    const forget = row.getByRole('button', { name: 'Forget' })
    await leave(page, 'Forget', forget)
    assert.equal(await isStored(), true)
    await order(page, 'Forget', 'nobody has it any more', leftConsumer, forget)
    await row.waitFor({ state: 'detached' })
    assert.equal(await isStored(), false)
    quiet(entered)
  })

  test('a form of the schema edits every kind of field, says where it is wrong, and keeps what is masked', async (t) => {
    const { open, faults, told, entered, page, letters } = await errands(t, { isPostRefused: true })
    await open.execute(errand('e1'))
    await until('it is dead', async () => (await letters()).length === 1)
    await entered.to(`dead-letters/${encodeURIComponent(post)}/e1`)
    await press(page, page.getByText('Edit its data and replay it'))
    const field = (name: string) => page.locator(`.edit [name="${name}"]`)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await write(page, field('text'), 'bread')
    await press(page, button('Write note'))
    await write(page, field('note'), 'hurry')
    await press(page, button('Write nickname'))
    await write(page, field('nickname'), 'Bo')
    await press(page, field('level'), 'ArrowDown')
    await press(page, field('isUrgent'), 'ArrowUp')
    await write(page, field('count'), 'many')
    await write(page, field('share'), '0.25')
    await write(page, field('total'), '9007199254740995')
    await write(page, field('price'), '2.505')
    await write(page, field('day'), '2026-02-01')
    await press(page, button('Add to lines'))
    await write(page, field('lines[1].quantity'), '2')
    await page.getByLabel('New key of stock').waitFor()
    await write(page, page.getByLabel('New key of stock'), 'cellar')
    await press(page, page.locator('.edit').getByRole('button', { name: 'Add', exact: true }))
    await write(page, field('stock.cellar'), '5')
    await press(page, field('payment#kind'), 'ArrowDown')
    await write(page, field('payment.coins'), '12')
    await write(page, field('anything'), '[true]')
    await page.getByText('masked, and stays as it is').waitFor()
    await auditedEverywhere(entered)

    await order(page, 'Replay edited', 'two fields are wrong')
    const wrong = page.locator('.edit').getByRole('alert')
    await wrong.waitFor()
    assert.deepEqual(
      (await wrong.locator('li').allInnerTexts()).map((text) => text.split(':')[0]),
      ['count', 'lines[1].sku', 'price'],
    )
    assert.equal(await field('count').getAttribute('aria-invalid'), 'true')
    assert.equal(await page.evaluate('document.activeElement.name'), 'count')
    await auditedEverywhere(entered)
    await write(page, field('count'), '4')
    await write(page, field('price'), '2.55')
    await write(page, field('lines[1].sku'), 'FLOUR')
    await press(page, button('Take away lines[0]'))
    faults.isPostRefused = false
    await order(page, 'Replay edited', 'as she has said')
    await until('it is handled', () => told.length === 1)
    assert.deepEqual(told[0], {
      ...errand('e1').data,
      text: 'bread',
      note: 'hurry',
      nickname: 'Bo',
      level: 'high',
      isUrgent: true,
      count: 4,
      share: 0.25,
      total: 9007199254740995n,
      price: '2.55',
      day: '2026-02-01',
      lines: [{ sku: 'FLOUR', quantity: 2 }],
      stock: { shelf: 2, cellar: 5 },
      payment: { by: 'cash', coins: 12 },
      anything: [true],
    })
    quietBut404(entered, 400)
  })
}

/** Nothing is wrong in the light or in the dark, on a wide window or a phone. */
async function auditedEverywhere({ page, audit }: Visit): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const)
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      assert.deepEqual(await audit(), [], `${colorScheme}, ${width} px`)
    }
}

/** A letter may be gone while its page asks for it, and what is refused is an answer too. */
function quietBut404({ faults }: Visit, refused = 404): void {
  const pattern = new RegExp(`\\b(404|${refused})\\b`)
  assert.deepEqual(
    faults.filter((fault) => !pattern.test(fault)),
    [],
  )
}
