import { Dice } from './dice.ts'

/** What is sold. */
export interface Product {
  readonly code: string
  readonly description: string
  readonly unitPrice: string
}

const products = 4_000
const colours = ['WHITE', 'RED', 'PINK', 'IVORY', 'BLUE', 'GREEN', 'VINTAGE', 'RETROSPOT']
const things = [
  'HANGING HEART T-LIGHT HOLDER',
  'METAL LANTERN',
  'LUNCH BAG',
  'CAKE CASES',
  'HOT WATER BOTTLE',
  'ALARM CLOCK',
  'PARTY BUNTING',
  'JAM MAKING SET',
  'DOORMAT',
  'CARD HOLDER, LARGE',
  'SIGN "HOME SWEET HOME"',
  'CAF\u00c9 MUG',
  'NIGHT LIGHT \u00a35',
  'TIN SET OF 3',
]
const services: readonly Product[] = [
  { code: 'POST', description: 'POSTAGE', unitPrice: '18.00' },
  { code: 'DOT', description: 'DOTCOM POSTAGE', unitPrice: '54.17' },
  { code: 'D', description: 'Discount', unitPrice: '27.50' },
  { code: 'M', description: 'Manual', unitPrice: '1.25' },
  { code: 'B', description: 'Adjust bad debt', unitPrice: '-11062.06' },
]

/** 4,000 products with their prices, and the codes that are no goods. */
export class Assortment {
  readonly #products: readonly Product[] = Array.from({ length: products }, (_, index) => product(index))

  /** A product, popular ones more often: the first is on one line in 250. */
  pick(dice: Dice): Product {
    return this.at(Math.floor(products * dice.unit() ** 1.5))
  }

  at(index: number): Product {
    return this.#products[index]!
  }

  of(code: string): Product {
    return services.find((service) => service.code === code)!
  }
}

function product(index: number): Product {
  const dice = new Dice(index + 1_000_003)
  const letter = ['', '', '', 'A', 'B', 'C', 'L'][dice.below(7)]!
  const description =
    dice.below(300) === 0 ? '' : `${colours[dice.below(colours.length)]} ${things[dice.below(things.length)]}`
  const pence = dice.below(60) === 0 ? dice.skewed(4_000) : 19 + dice.skewed(280)
  const unitPrice = dice.below(200) === 0 ? (pence / 100 + 0.005).toFixed(3) : (pence / 100).toFixed(2)
  return { code: `${20_000 + index * 16}${letter}`, description, unitPrice }
}
