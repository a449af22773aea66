import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sqlite } from 'eventwright/sqlite'
import { book, hotelIn } from '../console/console.fixture.ts'
import { folderFor } from '../fixtures/folder.ts'
import { patience } from '../fixtures/patience.ts'
import { running, until } from '../runtime/running.fixture.ts'

/** The hotel of the tests of the console, as the command line loads it. */
export const system: ReturnType<typeof hotelIn> = hotelIn({ mailBroken: false, tillJammed: false })

/** The module of it. */
export const hotelModule: string = fileURLToPath(import.meta.url)

/** The consumer that has the dead letter. */
export const mails = 'post/subscription:mails'

/** A folder with `hotel.db`: one booking, `b1` of the correlation `guest-7`, its saga completed, its mail dead. */
export async function hotelFolder(t: TestContext): Promise<string> {
  const folder = folderFor(t)
  const open = await running(t, hotelIn({ mailBroken: true, tillJammed: false }), {
    store: sqlite(join(folder, 'hotel.db')),
  })
  await book(open, 'b1', 'guest-7')
  await until('the saga has ended', async () => (await open.inspect.saga('stay/b1'))?.closed === true, 60_000)
  await until('its mail is dead', async () => (await open.inspect.deadLetters.counts()).length > 0, 60_000)
  await open.caughtUp(patience)
  await open.stop()
  return folder
}
