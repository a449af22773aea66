import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { freshKafka, type FreshKafka } from '../../fixtures/fresh-kafka.ts'
import { clientSockets } from '../../fixtures/client-sockets.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { PlaceOrder, shopWith, thanks } from '../messages.fixture.ts'
import { listening, running, until } from '../running.fixture.ts'
import { apart, letters } from './apart.fixture.ts'

const patienceMs = 90_000
const consumer = 'mail/subscription:thanks'

/** Who thanks for orders on a log that is listened to, and who places them. */
async function shopOver(t: Parameters<typeof apart>[0], kafka: FreshKafka) {
  const shop = shopWith(thanks)
  const log = listening()
  const store = memory()
  const { orders } = await apart(t, shop, kafka, { orders: memory() })
  const options = { store, broker: kafka.adapter, services: ['mail'], log }
  const mail = await running(t, shop, options)
  let placed = 0
  return {
    log,
    mail,
    again: () => running(t, shop, options),
    async place(count: number): Promise<void> {
      for (let n = 0; n < count; n++)
        await orders!.execute(PlaceOrder({ orderId: `o${placed++}`, customer: `c${placed % 3}` }))
    },
    async thanked(by = mail, count = placed): Promise<void> {
      await until(`${count} are thanked for`, async () => (await letters(by)).length >= count, patienceMs)
    },
  }
}

if (kafkaBrokers() !== undefined) {
  test('partitions that are added to a topic while it is read are told, and nothing is lost or turned round', async (t) => {
    const kafka = freshKafka()
    const sockets = clientSockets(new Set(kafka.brokers.map((each) => Number(each.split(':')[1]))))
    t.after(() => sockets.close())
    const { place, thanked, log, mail } = await shopOver(t, kafka)
    await place(10)
    await thanked()
    const name = `${kafka.prefix}orders`
    const [before] = await kafka.admin.metadata({ topics: [name] }).then(({ topics }) => [...topics.values()])
    const count = before!.partitions.length + 3
    await kafka.admin.createPartitions({ topics: [{ name, count, assignments: null }] })
    // Who reads asks again when a connection breaks, or after half a minute.
    const isTold = (): boolean => log.said.includes('warn: a channel has more partitions than are read here')
    await until(
      'it is told',
      async () => {
        await place(1)
        sockets.cutAll()
        await systemClock.sleep(200)
        return isTold()
      },
      patienceMs,
    )
    await place(10)
    await thanked()
    const texts = await letters(mail)
    assert.equal(new Set(texts).size, texts.length)
    assert.equal(log.said.filter((line) => line.includes('more partitions')).length, 1)
  })

  test('a reader whose records were deleted gets a dead letter that says so, and goes on behind them', async (t) => {
    const kafka = freshKafka()
    const { place, thanked, mail, again } = await shopOver(t, kafka)
    await place(6)
    await thanked()
    await mail.stop()
    await place(12)
    const broker = await kafka.adapter.open({ clock: systemClock })
    const kept = async (): Promise<readonly number[]> => (await broker.bounds('orders')).map(({ next }) => next)
    const total = async (): Promise<number> => (await kept()).reduce((sum, next) => sum + next, 0)
    await until('all are there', async () => (await total()) === 18, patienceMs)
    for (const [partition, next] of (await kept()).entries()) await kafka.expire('orders', partition, next)
    await broker.close()
    const back = await again()
    await place(3)
    const gone = async () =>
      (await back.inspect.deadLetters.list({ limit: 100 })).filter((each) => each.consumer === consumer)
    await until('it is told what is gone', async () => (await gone()).length > 0, patienceMs)
    await thanked(back, 9)
    const found = await gone()
    assert.deepEqual(new Set(found.map(({ code }) => code)), new Set(['EW_MESSAGES_GONE']))
    assert.match(JSON.stringify(found), /were deleted before they were read: places \d+-\d+/)
    assert.equal((await letters(back)).length, 9)
  })

  test('a topic that was deleted and made anew under its reader is told, and none of it is passed over', async (t) => {
    const kafka = freshKafka()
    const { place, thanked, mail, log } = await shopOver(t, kafka)
    await place(60)
    await thanked()
    const broker = await kafka.adapter.open({ clock: systemClock })
    const partitions = (await broker.bounds('orders')).length
    await broker.remove('orders')
    await broker.ensure([{ name: 'orders', partitions, retentionMs: undefined }])
    await broker.close()
    await place(2)
    const problem = async (): Promise<string | undefined> =>
      (await mail.inspect.consumers()).find(({ name }) => name === consumer)?.problem
    await until(
      'it is told',
      async () => /EW_CHECKPOINT_AHEAD/.test(`${await problem()} ${log.said.join()}`),
      patienceMs,
    )
    await mail.stop()
  })
}
