import { sqlite } from 'eventwright/sqlite'
import { participating, Release, Reserve } from './participant.fixture.ts'

// One of two processes that race for the same orders, a few at a time: one reserves them, the other undoes that.
const [file, role, count] = process.argv.slice(2) as [string, 'do' | 'undo', string]
const closing: (() => unknown)[] = []
const { ask } = await participating({ after: (close) => void closing.push(close as () => unknown) }, sqlite(file))
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('end', resolve).resume())
const answers: string[] = []
let next = 0
const lane = async (): Promise<void> => {
  for (let i = next++; i < Number(count); i = next++) {
    const [sku, order] = [`sku ${i % 10}`, `${i}`]
    const { status } =
      role === 'do'
        ? await ask(Reserve({ sku, order, count: 1 }), { key: `${i}/do` })
        : await ask(Release({ sku, order }), { key: `${i}/undo`, undoes: `${i}/do` })
    answers[i] = status
  }
}
await Promise.all(Array.from({ length: 8 }, lane))
process.stdout.write(`${JSON.stringify(answers)}\n`)
for (const close of closing) await close()
