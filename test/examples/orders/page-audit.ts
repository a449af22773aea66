import type { Page } from 'playwright-core'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any
declare const getComputedStyle: any
declare const innerWidth: number

/** Texts of the page whose contrast to what is behind them is below 4.5, and how many texts were looked at. */
export function lowContrast(page: Page): Promise<{ readonly seen: number; readonly low: string[] }> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]
    const colour = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
      if (!text.startsWith('rgb')) throw new Error(`a colour of another form: ${text}`)
      return [red, green, blue, alpha]
    }
    const light = ([red, green, blue]: Colour): number => {
      const [r = 0, g = 0, b = 0] = [red, green, blue]
        .map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element: any): Colour => {
      const own = colour(getComputedStyle(element).backgroundColor)
      if (own[3] === 1) return own
      if (own[3] > 0) throw new Error(`a background that shines through: ${element.outerHTML}`)
      return behind(element.parentElement)
    }
    const low: string[] = []
    let seen = 0
    const walker = document.createTreeWalker(document.body, 4)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      if (node.data.trim() === '' || element.getClientRects().length === 0) continue
      seen++
      const [a, b] = [light(colour(getComputedStyle(element).color)), light(behind(element))]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${node.data.trim()}`)
    }
    return { seen, low }
  })
}

/** What makes the page wider than its window, itself included. */
export function overflows(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth } = document.documentElement
    const wide = [
      ...document.querySelectorAll(
        'header, main, footer, section, dl > div, li, summary, tr, pre, button, mark, figcaption',
      ),
    ]
    return [
      ...(scrollWidth > innerWidth ? [`the page: ${scrollWidth} of ${innerWidth}`] : []),
      ...wide
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
        .map((element) => `${element.tagName} ${element.textContent.slice(0, 60)}`),
    ]
  })
}

/** What has the focus: its tag, its name for assistive technology, and whether one sees that it has the focus. */
export interface Focused {
  readonly tag: string
  readonly name: string
  readonly isSeen: boolean
}

/** Goes through the page with the Tab key until the focus leaves it. */
export async function tabThrough(page: Page): Promise<Focused[]> {
  const stops: Focused[] = []
  await page.evaluate(() => document.activeElement?.blur())
  while (stops.length < 100) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate((): Focused | undefined => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const labelledBy = document.getElementById(element.getAttribute('aria-labelledby') ?? '')
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return {
        tag: element.tagName.toLowerCase(),
        name: (labelledBy?.textContent ?? element.getAttribute('aria-label') ?? element.innerText)
          .trim()
          .replace(/\s+/g, ' '),
        isSeen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2,
      }
    })
    if (stop === undefined) break
    stops.push(stop)
  }
  return stops
}

/** The cells of table rows, also of those that are about to unfold. */
export function cellsOf(page: Page, rows: string): Promise<string[][]> {
  return page
    .locator(rows)
    .evaluateAll((found) => found.map((row: any) => [...row.children].map((cell) => cell.textContent.trim())))
}
