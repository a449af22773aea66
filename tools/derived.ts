import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiPage } from './api-page.ts'
import { cliPage } from './cli-page.ts'
import { mapOfShop, sagaOfShop } from './diagram-pictures.ts'
import { errorsPage } from './errors-page.ts'
import { root } from './root.ts'

/** A page that is made from the sources, and how. */
export interface DerivedPage {
  readonly path: string
  text(): string
}

/** Every derived page. */
export const derivedPages: readonly DerivedPage[] = [
  { path: 'docs/reference/errors.md', text: errorsPage },
  { path: 'docs/reference/api.md', text: apiPage },
  { path: 'docs/reference/cli.md', text: cliPage },
  { path: 'docs/images/shop-map.svg', text: mapOfShop },
  { path: 'docs/images/shop-order-creation.svg', text: sagaOfShop },
]

/** True when the page on disk is not what the sources say. */
export function isStale(page: DerivedPage): boolean {
  try {
    return readFileSync(join(root, page.path), 'utf8') !== page.text()
  } catch {
    return true
  }
}

/** Writes the page. */
export function write(page: DerivedPage): void {
  writeFileSync(join(root, page.path), page.text())
}
