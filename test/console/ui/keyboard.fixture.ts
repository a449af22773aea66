import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any

const mostStops = 400

/** Reaches something by Tab, or by Shift+Tab, alone, from where the focus is, and presses a key there. */
export async function press(
  page: Page,
  target: Locator,
  key: string = 'Enter',
  by: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  await target.waitFor()
  for (let stops = 0; !(await target.evaluate((element) => element === document.activeElement)); stops++) {
    assert.ok(stops < mostStops, `${String(target)} is not reached by ${by}`)
    await page.keyboard.press(by)
  }
  await page.keyboard.press(key)
}

/** Writes into a field that Tab reaches, in the place of what is there. */
export async function write(page: Page, field: Locator, text: string): Promise<void> {
  await press(page, field, 'ControlOrMeta+a')
  await page.keyboard.type(text)
}

/** Opens the dialog of an order and leaves it by Escape; the focus is where it was then. */
export async function leave(page: Page, name: string, button: Locator = named(page, name)): Promise<void> {
  await press(page, button)
  const dialog = page.getByRole('dialog', { name })
  await dialog.waitFor()
  await page.keyboard.type('not now')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.ok(await button.evaluate((element) => element === document.activeElement), `${name} has the focus again`)
}

/** Gives an order by its button and its dialog: the reason, and where it is asked for the name once more. */
export async function order(
  page: Page,
  name: string,
  reason: string,
  again?: string,
  button: Locator = named(page, name),
): Promise<void> {
  await press(page, button)
  const dialog = page.getByRole('dialog', { name })
  await dialog.waitFor()
  // The dialog has the focus in it from the beginning.
  await page.keyboard.type(reason)
  if (again !== undefined) {
    await page.keyboard.press('Tab')
    await page.keyboard.type(again)
  }
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
}

function named(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}
