import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, systemClock } from 'eventwright'
import { isEventwrightError } from '../../src/base/errors.ts'
import { newId } from '../../src/base/ids.ts'
import type { Broker } from '../../src/ports/broker.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { hasPrivateKafka, privateKafka } from '../fixtures/private-kafka.ts'
import { PlaceOrder, shopWith, thanks } from '../runtime/messages.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

const waitMs = 240_000
const customers = ['c0', 'c1', 'c2']

/** Publishes one message for each of 30 keys; answers the ids of those that were acknowledged, and the errors. */
async function published(broker: Broker): Promise<{ readonly ids: readonly string[]; readonly errors: unknown[] }> {
  const errors: unknown[] = []
  const ids = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const message = { channel: 'beside', key: `k${n}`, id: newId(), headers: '{}', value: '1' }
      const outcomes = await broker.publish([message]).catch((error: unknown) => void errors.push(error))
      return outcomes?.[0]?.kind === 'ok' ? [message.id] : []
    }),
  )
  return { ids: ids.flat(), errors }
}

async function stored(broker: Broker): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const member = await broker.join('beside', 'observers')
  for (const { partition, next } of await broker.bounds('beside'))
    for (let from = 0; from < next;) {
      const page = await member.read(partition, from, 1_000)
      for (const { id } of page) ids.add(id)
      from = (page.at(-1)?.offset ?? next) + 1
    }
  return ids
}

if (hasPrivateKafka)
  test(
    'two of three nodes are away: commits go on, publishing waits, nothing acknowledged is lost, and all goes on',
    { timeout: 900_000 },
    async (t) => {
      const server = await privateKafka(t, 3)
      const fresh = freshKafka({ brokers: server.url.split(',') })
      const beside = await fresh.adapter.open({ clock: systemClock })
      t.after(() => beside.close())
      await beside.ensure([{ name: 'beside', partitions: 6, retentionMs: undefined }])
      const shop = shopWith(thanks)
      const waits: unknown[] = []
      const warn = (_message: string, { consumer, error }: Readonly<Record<string, unknown>> = {}): void => {
        if (consumer === 'orders/relay:orders') waits.push(error)
      }
      const log = { info: () => undefined, warn, error: () => undefined }
      const orders = await running(t, shop, { store: memory(), broker: fresh.adapter, services: ['orders'], log })
      const mail = await running(t, shop, { store: memory(), broker: fresh.adapter, services: ['mail'] })
      const place = async (from: number, count: number): Promise<void> => {
        const numbers = Array.from({ length: count }, (_, n) => from + n)
        await Promise.all(numbers.map((n) => orders.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))))
      }
      const letters = async (): Promise<readonly string[]> => {
        const found: string[] = []
        for (const customer of customers)
          for await (const { data } of mail.events.stream(`Mailbox/${customer}`))
            found.push((data as { text: string }).text)
        return found
      }
      await place(0, 30)
      await until('letters come', async () => (await letters()).length === 30, waitMs)
      const before = await published(beside)
      assert.equal(before.ids.length, 30)

      const isTyped = (error: unknown): boolean => isEventwrightError(error, 'EW_BROKER_FAILED') && error.retryable

      // What the last one has alone is acknowledged by nobody.
      await server.kill(2, 3)
      await place(30, 30)
      const meanwhile = await published(beside)
      assert.equal(meanwhile.ids.length, 0)
      for (const error of meanwhile.errors) assert.ok(isTyped(error), String(error))
      await until('the relay says why it waits', () => waits.length > 0 && waits.every(isTyped), waitMs)
      assert.equal((await letters()).length, 30)
      await place(60, 30)

      await server.start()
      await until('every order is thanked for', async () => (await letters()).length >= 90, waitMs)
      assert.equal(new Set(await letters()).size, 90)
      assert.equal((await letters()).length, 90)
      await until('publishing goes on', async () => (await published(beside)).ids.length === 30, waitMs)
      const found = await stored(beside)
      assert.deepEqual(
        before.ids.filter((id) => !found.has(id)),
        [],
      )
      await Promise.all([orders.stop(), mail.stop()])
      await fresh.drop()
    },
  )
