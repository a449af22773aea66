import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A setting that cannot be used; the message says which, and what to write instead. */
export class BadSetting extends Error {
  readonly code = 'bad_setting'
}

/** Where this example lives. */
export const home: string = dirname(fileURLToPath(import.meta.url))

/** The sample that comes with the example. */
export const sampleFile: string = resolve(home, 'sample/online-retail-sample.csv')

/** `PORT`, default 3000; 0 takes a free one. */
export function portFrom(env: NodeJS.ProcessEnv): number {
  const text = env['PORT'] || '3000'
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new BadSetting(`PORT is ${JSON.stringify(text)}; write a number from 0 to 65535.`)
}

/** `HOST`, default 127.0.0.1: nobody outside this machine reaches the shop unless asked for. */
export function hostFrom(env: NodeJS.ProcessEnv): string {
  return env['HOST'] || '127.0.0.1'
}

/** `EVENTWRIGHT_STORE`: the path of a SQLite file, whose folder is made if it is absent, or `:memory:`. */
export function storeFrom(env: NodeJS.ProcessEnv): string {
  const store = env['EVENTWRIGHT_STORE'] || resolve(home, 'data/shop.db')
  if (store === ':memory:') return store
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(store)) {
    throw new BadSetting(
      `EVENTWRIGHT_STORE is ${JSON.stringify(store.replace(/\/\/.*@/, '//…@'))}; ` +
        'this release takes the path of a SQLite file or :memory:.',
    )
  }
  try {
    mkdirSync(dirname(resolve(store)), { recursive: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BadSetting(`EVENTWRIGHT_STORE is ${JSON.stringify(store)}, whose folder cannot be made: ${why}.`)
  }
  return resolve(store)
}
