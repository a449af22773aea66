import { service } from 'eventwright'
import { inventoryEvents } from './channels.ts'
import { issue, SettleGoods } from './issuing.ts'
import { Reservation } from './reservation.ts'
import { release, reserve } from './reserving.ts'
import { takeBack, TakeBackGoods } from './returns.ts'
import { Stock } from './stock.ts'
import { takeOver } from './take-over.ts'
import { StockLevels } from './views.ts'

/** Knows what is in stock and for whom. */
export const inventory = service('inventory', {
  owner: 'team-inventory',
  parts: [Stock, Reservation, reserve, release, issue, takeBack, takeOver, SettleGoods, TakeBackGoods, StockLevels],
  publishes: [inventoryEvents],
})
