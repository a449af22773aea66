// Later is a timer in the store: recorded with the rest, moved or given up by its key, and sent by whoever runs then.
import { aggregate, command, event, memory, service, start, subscription, system, t } from 'eventwright'
import { fakeClock } from 'eventwright/testing'

const Lent = event('Lent', { book: t.string(), reader: t.string() })
const Returned = event('Returned', { book: t.string() })
const Lend = command('Lend', { book: t.string(), reader: t.string() })
const Return = command('Return', { book: t.string() })
const Book = aggregate('Book', {
  events: [Lent, Returned],
  commands: [Lend, Return],
  id: (c) => c.book,
  initial: () => 'here',
})
  .evolve({ Lent: (_, e) => e.reader, Returned: () => 'here' })
  .decide({ Lend: (c) => Lent(c), Return: (c) => Returned(c) })

const Reminded = event('Reminded', { reader: t.string(), book: t.string() })
const Remind = command('Remind', { reader: t.string(), book: t.string() })
const Reader = aggregate('Reader', {
  events: [Reminded],
  commands: [Remind],
  id: (c) => c.reader,
  initial: () => null,
})
  .evolve({ Reminded: () => null })
  .decide({ Remind: (c) => Reminded(c) })

// The key is the book: lending it again moves the reminder, and whoever brings it back is not reminded.
const reminders = subscription('reminders', { from: [Lent, Returned] }).on({
  Lent: ({ book, reader }, { schedule }) => schedule(Remind({ reader, book }), '24h', { key: book }),
  Returned: ({ book }, { unschedule }) => unschedule(book),
})

const library = system('library', {
  services: [service('library', { parts: [Book, Reader, reminders], owner: 'team-library' })],
})
const [store, clock] = [memory(), fakeClock('2026-01-31T09:30:00.000Z')]
const running = await start(library, { store, clock })
await running.execute(Lend({ book: 'Emma', reader: 'ada' }))
await running.execute(Lend({ book: 'Persuasion', reader: 'grace' }))
await running.execute(Return({ book: 'Emma' }))
await running.caughtUp()
for (const { key, command, dueAt } of await running.inspect.timers({ limit: 10 })) console.log(key, command, dueAt)

// Nobody runs when the time comes; what is overdue is sent by the next process that does.
await running.stop()
await clock.advance(25 * 3_600_000)
const again = await start(library, { store, clock })
await again.caughtUp()
for (const reader of ['ada', 'grace'])
  for await (const { data } of again.events.stream(`Reader/${reader}`)) console.log('reminded:', data)
console.log('timers left:', (await again.inspect.timers({ limit: 10 })).length)
await again.stop()
