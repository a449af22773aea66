import { byId, count, make, replaceAll } from './dom.js'

const runsLow = 10

export function showProducts(products) {
  const sold = products.filter((product) => product.sold > 0)
  replaceAll(byId('products'), sold.map(({ sku, onHand, reserved, sold: pieces }) => {
    const left = onHand - reserved
    const state = left <= 0 ? 'none' : left <= runsLow ? 'low' : 'enough'
    return make('tr', {},
      make('th', { scope: 'row', title: sku }, make('code', {}, sku)),
      make('td', {}, count(pieces)),
      make('td', { class: state }, left <= 0 ? 'none' : count(left)))
  }))
}
