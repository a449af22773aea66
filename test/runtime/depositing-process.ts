import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { bank, Deposit } from './bank.fixture.ts'

// One of two processes that send the same twenty requests; prints the answers without what says who was first.
const open = await start(bank, { store: sqlite(process.argv[2]!) })
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('end', resolve).resume())
const answers = await Promise.all(
  Array.from({ length: 20 }, (_, i) => open.execute(Deposit({ id: 'a', amount: 1 }), { idempotencyKey: `key ${i}` })),
)
process.stdout.write(`${JSON.stringify(answers.map(({ repeated: _, ...answer }) => answer))}\n`)
await open.stop()
