import type { TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import type { Io } from '../../src/cli/io.ts'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { join } from 'node:path'
import { folderFor } from '../fixtures/folder.ts'
import { PlaceOrder, shop } from '../runtime/orders.fixture.ts'

/** What a command answered. */
export interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in a folder. */
export async function line(folder: string, ...argv: string[]): Promise<Answer> {
  let [out, err] = ['', '']
  const output = (take: (text: string) => void): Io['stdout'] => ({
    isTerminal: false,
    columns: 100,
    write: async (text) => take(text),
  })
  const code = await runCommandLine(argv, {
    stdout: output((text) => void (out += text)),
    stderr: output((text) => void (err += text)),
    env: {},
    folder,
    clock: systemClock,
    stop: new AbortController().signal,
  })
  return { code, out, err }
}

/** A folder with `shop.db`, in which two orders were placed and shipped. */
export async function shopFolder(t: TestContext): Promise<string> {
  const folder = folderFor(t)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  for (const orderId of ['a', 'b'])
    await running.execute(PlaceOrder({ orderId, customer: 'Ann', total: '1.50' as never }))
  await running.caughtUp({ timeoutMs: 10_000 })
  await running.stop()
  return folder
}
