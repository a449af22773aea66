import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { placeOfServer } from '../../../tools/servers.ts'
import { until } from '../../runtime/running.fixture.ts'
import { book } from '../console.fixture.ts'
import { left, leftConsumer } from './left.fixture.ts'
import { opened, quiet, startVisits } from './opened.fixture.ts'

const mails = 'post/subscription:mails'

const executable = placeOfServer('chromium')
if (executable !== undefined) await testInBrowser(executable)

async function testInBrowser(browserPath: string): Promise<void> {
  const visit = await startVisits(browserPath)

  test('a dry run says what a replay would do, of one letter and of a group, and does nothing', async (t) => {
    const hotel = await opened(t)
    hotel.world.mailBroken = true
    for (const id of ['b1', 'b2']) await book(hotel.hotel, id)
    const letters = () => hotel.hotel.inspect.deadLetters.list({ limit: 9 })
    await until('both are dead', async () => (await letters()).length === 2, 60_000)
    const entered = await visit(hotel)
    const { page } = entered
    await entered.to(`dead-letters/${encodeURIComponent(mails)}/b1`)
    await page.getByRole('button', { name: 'Dry run of a replay' }).click()
    const plan = page.getByRole('region', { name: 'What a replay would do' })
    await plan.getByText('1 of 1 would be handled again by the subscription mails of post').waitFor()
    assert.deepEqual(await entered.audit(), [])
    await entered.to(`dead-letters?consumer=${encodeURIComponent(mails)}`)
    await page.getByRole('button', { name: 'Do something with all of these' }).click()
    await page.getByRole('button', { name: 'Dry run of a replay' }).click()
    await plan.getByText('2 of 2 would be handled again').waitFor()
    assert.ok((await letters()).every(({ state }) => state === 'parked'))
    quiet(entered)
  })

  test('a stream is deleted, and an old consumer forgotten, by the name typed once more', async (t) => {
    const store = memory()
    await left(store)
    const hotel = await opened(t, {}, store)
    await book(hotel.hotel, 'b1')
    const entered = await visit(hotel)
    const { page } = entered
    await entered.to('streams/Booking%2Fb1')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const dialog = page.getByRole('dialog')
    const give = async (name: string, button: string): Promise<void> => {
      await dialog.getByLabel('Reason').fill('she asked for it')
      await dialog.getByLabel('Its name once more').fill(name)
      await dialog.getByRole('button', { name: button }).click()
    }
    await give('Booking/b2', 'Delete')
    await dialog.getByRole('alert').getByText('Its name is Booking/b1.').waitFor()
    await give('Booking/b1', 'Delete')
    await page.getByRole('heading', { level: 1, name: 'Jobs and audit' }).waitFor()
    const status = async () => (await hotel.hotel.inspect.events.stream('Booking/b1'))?.status
    await until('it is deleted', async () => (await status()) === 'deleted', 60_000)

    await entered.to('consumers')
    const row = page.getByRole('row', { name: leftConsumer })
    await row.getByRole('button', { name: 'Forget' }).click()
    await dialog.getByText('1 dead letters and what waits behind them').waitFor()
    await give(leftConsumer, 'Forget')
    await row.waitFor({ state: 'detached' })
    const stored = await hotel.hotel.inspect.storedConsumers()
    assert.equal(
      stored.some(({ consumer }) => consumer === leftConsumer),
      false,
    )
    assert.deepEqual(await entered.audit(), [])
    quiet(entered)
  })

  test('events of sagas are shown as they come to whoever asks for them', async (t) => {
    const hotel = await opened(t)
    const entered = await visit(hotel)
    const { page } = entered
    await entered.to('live')
    const shows = (type: string) => page.getByText(type, { exact: true })
    let count = 0
    // Whatever comes before the page listens it is not told of.
    const seen = (type: string): Promise<void> =>
      until(`${type} is shown`, async () => {
        await book(hotel.hotel, `b${++count}`)
        return (await shows(type).count()) > 0
      })
    await page.getByRole('combobox', { name: 'Events' }).selectOption({ label: 'of sagas and orders' })
    await seen('ew.SagaStarted')
    assert.equal(await shows('Booked').count(), 0)
    await page.getByRole('combobox', { name: 'Events' }).selectOption({ label: 'all' })
    await seen('Booked')
    await seen('ew.SagaStarted')
    quiet(entered)
  })
}
