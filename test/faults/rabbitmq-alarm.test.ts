import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memory, systemClock } from 'eventwright'
import { rabbitmq } from '../../src/adapters/rabbitmq/index.ts'
import { isEventwrightError } from '../../src/base/errors.ts'
import { newId } from '../../src/base/ids.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../fixtures/private-rabbitmq.ts'
import { PlaceOrder, shopWith, thanks } from '../runtime/messages.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

const waitMs = 120_000
const callers = 150

/** What is kept in memory, in MiB. */
function kept(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

if (hasPrivateRabbitmq)
  test(
    'a server that is short of memory: commits go on, relays wait, nothing piles up here, and all goes on after it',
    { timeout: 600_000 },
    async (t) => {
      const server = await privateRabbitmq(t)
      const adapter = rabbitmq(server.url, { confirmTimeout: '2s', window: 20 })
      const beside = await adapter.open({ clock: systemClock })
      t.after(() => beside.close())
      await beside.ensure([{ name: 'beside', partitions: 4, retentionMs: undefined, groups: ['g'] }])
      const waits: unknown[] = []
      const warn = (_message: string, { consumer, error }: Readonly<Record<string, unknown>> = {}): void => {
        if (consumer === 'orders/relay:orders') waits.push(error)
      }
      const log = { info: () => undefined, warn, error: () => undefined }
      const shop = shopWith(thanks)
      const orders = await running(t, shop, { store: memory(), broker: adapter, services: ['orders'], log })
      const mail = await running(t, shop, { store: memory(), broker: adapter, services: ['mail'] })
      const place = async (from: number, count: number): Promise<void> => {
        const numbers = Array.from({ length: count }, (_, n) => from + n)
        await Promise.all(numbers.map((n) => orders.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))))
      }
      const letters = async (): Promise<readonly string[]> => {
        const found: string[] = []
        for (const customer of ['c0', 'c1', 'c2'])
          for await (const { data } of mail.events.stream(`Mailbox/${customer}`))
            found.push((data as { text: string }).text)
        return found
      }
      await place(0, 30)
      await until('letters come', async () => (await letters()).length === 30, waitMs)

      await server.control('set_vm_memory_high_watermark', 'absolute', '1MB')
      await place(30, 300)
      const isWaiting = (error: unknown): boolean =>
        isEventwrightError(error, 'EW_BROKER_FAILED') && error.retryable && /takes no messages now/.test(error.message)
      await until('the relay says why it waits', () => waits.some(isWaiting), waitMs)
      // Of each connection no more is kept than may be under way.
      const before = kept()
      let refused = 0
      for (let round = 0; round < 3; round++) {
        const calls = Array.from({ length: callers }, async (_, n) => {
          const value = JSON.stringify('x'.repeat(1 << 19))
          const message = { channel: 'beside', key: `k${n}`, id: newId(), headers: '{}', value }
          await beside.publish([message]).catch((error: unknown) => {
            if (isEventwrightError(error, 'EW_BROKER_FAILED') && error.retryable) refused++
          })
        })
        await Promise.all(calls)
      }
      assert.ok(refused > 2 * callers, `${refused} of ${3 * callers} calls were refused`)
      await until(`of ${(3 * callers) / 2} MiB hardly anything is kept`, () => kept() - before < 40)
      assert.ok((await letters()).length < 330)
      await place(330, 30)

      await server.control('set_vm_memory_high_watermark', 'absolute', '1GB')
      await until('every order is thanked for', async () => (await letters()).length >= 360, waitMs)
      assert.equal(new Set(await letters()).size, 360)
      assert.equal((await letters()).length, 360)
      await Promise.all([orders.stop(), mail.stop()])
    },
  )
