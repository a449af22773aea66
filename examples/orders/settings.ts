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
