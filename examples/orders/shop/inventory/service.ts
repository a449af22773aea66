import { service } from 'eventwright'
import { inventoryEvents } from './channels.ts'
import { issue, SettleGoods, takeBack, TakeBackGoods, takeOver } from './goods.ts'
import { Reservation } from './reservation.ts'
import { release, reserve } from './reserving.ts'
import { Stock } from './stock.ts'
import { StockLevels } from './views.ts'

/** Knows what is in stock and for whom. */
export const inventory = service('inventory', {
  owner: 'team-inventory',
  parts: [Stock, Reservation, reserve, release, issue, takeBack, takeOver, SettleGoods, TakeBackGoods, StockLevels],
  publishes: [inventoryEvents],
})
