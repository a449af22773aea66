// What is stored stays as it was written. A newer version of an event says how the older one is read, and a proof goes
// through all that takes the event.
import { aggregate, command, event, projection, service, start, system, t } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { provenEvolution } from 'eventwright/testing'

const book = t.string()
const Lend = command('Lend', { book, by: t.string() })

// The first release: a borrower is one name.
const First = event('Lent', { book, borrower: t.string() })
const FirstBook = aggregate('Book', { events: [First], commands: [Lend], id: (c) => c.book, initial: () => null })
  .evolve({ Lent: () => null })
  .decide({ Lend: (c) => First({ book: c.book, borrower: c.by }) })

// Today's: a name has two parts, and a loan its days. The function reads the old version as if it were written today.
const Lent = First.next({ book, given: t.string(), family: t.string(), days: t.int() }, (first) => {
  const [given = '', ...family] = first.borrower.split(' ')
  return { book: first.book, given, family: family.join(' '), days: 28 }
})
const Book = aggregate('Book', { events: [Lent], commands: [Lend], id: (c) => c.book, initial: () => 0 })
  .evolve({ Lent: (days, e) => days + e.days })
  .decide({
    Lend(c) {
      const [given = '', ...family] = c.by.split(' ')
      return Lent({ book: c.book, given, family: family.join(' '), days: 14 })
    },
  })
const Loans = projection('loans', {
  from: [Lent],
  key: (e) => e.family,
  row: { family: t.string(), days: t.int() },
}).on({ Lent: (row, e) => ({ family: e.family, days: (row?.days ?? 0) + e.days }) })

const before = system('library', { services: [service('desk', { parts: [FirstBook] })] })
const today = system('library', { services: [service('desk', { parts: [Book, Loans] })] })

const old = await start(before, { store: sqlite('library.db') })
await old.execute(Lend({ book: 'Emma', by: 'Ada Lovelace' }))
await old.stop()

const running = await start(today, { store: sqlite('library.db') })
await running.execute(Lend({ book: 'Persuasion', by: 'Ada Lovelace' }))
for await (const { stream, schemaVersion, data } of running.events.log())
  console.log(stream, 'stored as version', schemaVersion, data)
await running.caughtUp()
console.log(await running.views.loans.find())
await running.stop()

const { events, versions, samples } = provenEvolution(today)
console.log(`every handler reads ${samples} samples of ${versions} older version of ${events} event`)
