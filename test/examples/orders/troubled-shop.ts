import { after } from 'node:test'
import { memory, start } from 'eventwright'
import type { Shop } from '../../../examples/orders/open.ts'
import { ConfirmOrder } from '../../../examples/orders/shop/orders/order.ts'
import { shopWith } from '../../../examples/orders/shop/system.ts'

/** A customer to whom the mail of a troubled shop never goes through. */
export const unreachable = 'nobody'

/**
 * A shop in memory in which every declined card comes too late: somebody has confirmed the order by hand meanwhile, so
 * that its saga can neither go on nor cancel it. Its mail gateway fails for one customer. It stops after the tests of
 * the file.
 */
export async function openTroubledShop(): Promise<Shop> {
  const outside: Shop['outside'] = {
    provider: {
      async charge({ orderId, amount, token }) {
        if (token !== 'tok_declined') return { status: 'charged', chargeId: `charge-${orderId}`, amount }
        await running.execute(ConfirmOrder({ orderId }))
        return { status: 'declined' }
      },
      refund: async () => '0.00',
      payments: async () => ({ charged: '0.00', refunded: '0.00' }),
    },
    mail: {
      async send({ to }) {
        if (to === unreachable) throw new Error('the mailbox is closed')
        return { isRepeat: false }
      },
      counts: async () => ({ accepted: 0, repeats: 0 }),
    },
  }
  const running = await start(shopWith(outside), { store: memory() })
  after(() => running.stop())
  return { ...running, outside }
}
