// One event, one command, one aggregate: what happened is stored, what may happen is decided from it.
import { aggregate, command, event, memory, reject, service, start, system, t } from 'eventwright'

const Borrowed = event('Borrowed', { book: t.string(), reader: t.string() })
const Returned = event('Returned', { book: t.string() })
const Borrow = command('Borrow', { book: t.string(), reader: t.string() }).refuses('lent_out')
const Return = command('Return', { book: t.string() })

interface State {
  readonly reader?: string
}

const Book = aggregate('Book', {
  events: [Borrowed, Returned],
  commands: [Borrow, Return],
  id: (c) => c.book,
  initial: (): State => ({}),
})
  .evolve({
    Borrowed: (_, e) => ({ reader: e.reader }),
    Returned: () => ({}),
  })
  .decide({
    Borrow: (c, s) => (s.reader === undefined ? Borrowed(c) : reject('lent_out', s.reader)),
    Return: (c, s) => (s.reader === undefined ? [] : Returned(c)),
  })

const library = system('library', { services: [service('lending', { parts: [Book], owner: 'team-lending' })] })
const running = await start(library, { store: memory() })

await running.execute(Borrow({ book: 'Emma', reader: 'Ada' }))
const refused = await running.attempt(Borrow({ book: 'Emma', reader: 'Grace' }))
if (!refused.ok) console.log(`Grace must wait: ${refused.code}`)
await running.execute(Return({ book: 'Emma' }))
await running.execute(Borrow({ book: 'Emma', reader: 'Grace' }))

for await (const { stream, version, type } of running.events.stream('Book/Emma')) console.log(stream, version, type)
await running.stop()
