import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { shop } from './orders.fixture.ts'

// Watches the orders of a store file until its input ends; says `watching`, then each change: the key and the status.
const running = await start(shop, { store: sqlite(process.argv[2]!) })
const ending = new AbortController()
process.stdin.on('end', () => ending.abort()).resume()
const changes = running.views.orders.watch({}, { signal: ending.signal })
process.stdout.write('watching\n')
for await (const { key, row } of changes) process.stdout.write(`${key} ${row?.status}\n`)
await running.stop()
