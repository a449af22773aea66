// Two services that know each other by messages alone: an event crosses a channel, what it leads to is sent back as a
// command, and both arrive once, in order, whoever crashes between.
import { aggregate, channel, command, event, memory, service, start, subscription, system, t } from 'eventwright'

const Lent = event('Lent', { book: t.string(), reader: t.string() })
const Lend = command('Lend', { book: t.string(), reader: t.string() })
const Book = aggregate('Book', { events: [Lent], commands: [Lend], id: (c) => c.book, initial: () => null })
  .evolve({ Lent: () => null })
  .decide({ Lend: (c) => Lent(c) })

// What the library tells others; messages of one book keep their order.
const loans = channel('loans', { carries: [Lent], key: 'book' })

const Noted = event('Noted', { reader: t.string(), text: t.string() })
const Note = command('Note', { reader: t.string(), text: t.string() })
const Diary = aggregate('Diary', { events: [Noted], commands: [Note], id: (c) => c.reader, initial: () => 0 })
  .evolve({ Noted: (notes) => notes + 1 })
  .decide({ Note: (c) => Noted(c) })

// `send` commits with the position in the channel; the command travels to the service that handles it.
const reminders = subscription('reminders', { from: loans }).on({
  Lent: ({ book, reader }, { send }) => send(Note({ reader, text: `bring back ${book}` })),
})

const town = system('town', {
  services: [
    service('library', { parts: [Book], publishes: [loans], owner: 'team-library' }),
    service('readers', { parts: [Diary, reminders], owner: 'team-readers' }),
  ],
})
const running = await start(town, { store: memory() })
await running.execute(Lend({ book: 'Emma', reader: 'ada' }), { correlationId: 'visit-1' })
await running.execute(Lend({ book: 'Persuasion', reader: 'grace' }))
await running.caughtUp()

for (const reader of ['ada', 'grace']) {
  for await (const { data } of running.events.stream(`Diary/${reader}`)) console.log(data)
}
for await (const { type, meta } of running.events.log())
  if (meta['correlationId'] === 'visit-1') console.log('caused by the first visit:', type)
for (const { name, lag } of await running.inspect.consumers()) console.log(name, lag)
await running.stop()
