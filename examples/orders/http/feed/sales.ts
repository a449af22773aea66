import { decimal } from 'eventwright'
import { everyRow } from '../../every-row.ts'
import type { Shop } from '../../open.ts'
import { pounds, shownSales } from '../shown.ts'
import type { FeedPart } from './part.ts'

const minuteMs = 60_000
const shownMinutes = 30

/** What is sold: in all, by country, and in each of the last minutes. */
export function salesPart(shop: Shop): FeedPart {
  return {
    async look() {
      const [countries, minutes] = await Promise.all([everyRow(shop.views.salesByCountry), lastMinutes(shop)])
      return {
        net: pounds(countries.reduce((sum, { net }) => decimal.add(sum, net), '0')),
        countries: countries.map(shownSales),
        minutes,
      }
    },
  }
}

/** Every one of the last minutes, the oldest first, also those in which nothing was sold. */
async function lastMinutes({ views }: Shop): Promise<readonly object[]> {
  const now = Math.floor(Date.now() / minuteMs)
  const minutes = Array.from({ length: shownMinutes }, (_, index) =>
    new Date((now - shownMinutes + 1 + index) * minuteMs).toISOString(),
  )
  const { rows } = await views.salesPerMinute.page({ where: { minute: { gte: minutes[0]! } }, limit: 2 * shownMinutes })
  const known = new Map(rows.map((row) => [row.minute, row]))
  return minutes.map((minute) => {
    const { orders = 0, total = '0' } = known.get(minute) ?? {}
    return { minute, orders, total: pounds(total) }
  })
}
