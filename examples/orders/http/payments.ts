import type { Route } from './route.ts'

export const readPayments: Route = {
  service: 'payments',
  method: 'GET',
  path: '/payments/:orderId',
  summary: 'What the payment provider has charged for an order and given back: zeros where nothing was charged.',
  answers: { 200: '`{charged, refunded}`' },
  answer: async ({ shop, param, signal }) =>
    Response.json(await shop.outside.provider.payments(param('orderId'), { signal })),
}
