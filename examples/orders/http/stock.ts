import { ReceiveStock } from '../shop/inventory/stock.ts'
import { readJsonObject } from './json-body.ts'
import { idempotencyKey } from './parameters.ts'
import { invalid } from './problem.ts'
import type { Route } from './route.ts'
import { settled } from './settled.ts'

export const readStock: Route = {
  service: 'inventory',
  method: 'GET',
  path: '/stock/:sku',
  summary:
    'The stock of a product: zeros if the shop has never seen it. What may still be ordered is onHand less reserved.',
  answers: { 200: '`{sku, onHand, reserved}`' },
  async answer({ shop, param, receipts, signal }) {
    const sku = param('sku')
    await settled(shop, signal, ['inventory/subscription:settle-goods', 'view:stock'])
    const { onHand, reserved } = (await shop.views.stock.get(sku, receipts.read(`Stock/${sku}`))) ?? {
      onHand: 0,
      reserved: 0,
    }
    return Response.json({ sku, onHand, reserved })
  },
}

export const receiveStock: Route = {
  service: 'inventory',
  method: 'POST',
  path: '/stock/:sku/receipts',
  summary: 'Receives pieces of a product.',
  headers: { 'Idempotency-Key': 'Makes a repeat of the same request answer as the first did.' },
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['quantity'],
    properties: { quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
  },
  answers: { 202: '`{sku, receipt}`', 409: 'The stock would become too large', 422: 'The key was used before' },
  async answer({ shop, request, param, receipts, trace }) {
    const key = idempotencyKey(request)
    const sku = param('sku')
    const body = await readJsonObject(request)
    const command = ReceiveStock({ ...body, sku } as Parameters<typeof ReceiveStock>[0])
    if (Object.hasOwn(body, 'sku')) throw invalid([noSecondSku])
    const { receipt } = await shop.execute(command, key === undefined ? trace : { ...trace, idempotencyKey: key })
    receipts.remember(`Stock/${sku}`, receipt)
    return Response.json({ sku, receipt }, { status: 202 })
  },
}

const noSecondSku = { path: 'sku', message: 'expected no such field, since the path names the product' }
