import assert from 'node:assert/strict'
import { until } from './browser.ts'
import { ask, post } from './open-shop.ts'

/** Receives pieces of a product at a shop. */
export async function receive(url: string, sku: string, quantity: number): Promise<void> {
  assert.equal((await post(`${url}/stock/${encodeURIComponent(sku)}/receipts`, { quantity })).status, 202)
}

/** Places an order, of a lamp unless it is said otherwise, and waits until it is decided; answers it. */
export async function place(
  url: string,
  orderId: string,
  more: object = {},
): Promise<{ readonly status: string; readonly reason?: string }> {
  const order = { orderId, customerId: 'ada', items: [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }], ...more }
  assert.equal((await post(`${url}/orders`, order)).status, 202)
  return until(`a decision on ${orderId}`, async () => {
    const { body } = await ask(`${url}/orders/${encodeURIComponent(orderId)}?wait=10s`)
    return body.status !== 'pending' && body
  })
}

/** Places an order again and again, since a machine under load may leave a payment no time; answers how often. */
export async function sell(url: string, orderId: string, more: object): Promise<number> {
  for (let times = 1; ; times++) {
    const { status, reason } = await place(url, `${orderId}-${times}`, more)
    if (status === 'confirmed') return times
    assert.ok(reason === 'payment_unanswered' && times < 9, `${orderId}-${times} is ${status}: ${reason}`)
  }
}
