import { aggregate, channel, command, event, handle, service, subscription, system, t } from 'eventwright'

const content = { id: t.string(), text: t.string() }

/** Crosses the channel `letters`. */
const Written = event('Written', content)
/** Records `Written`. */
export const Write = command('Write', content)
const Letter = aggregate('Letter', { events: [Written], commands: [Write], id: (c) => c.id, initial: () => 0 })
  .evolve({ Written: (n) => n + 1 })
  .decide({ Write: (c) => Written(c) })

const letters = channel('letters', { carries: [Written], key: 'id' })

/** Sends `Note`, which another service handles. */
export const Send = command('Send', content)
const Note = command('Note', content)

/** Two services; `called` is told when a handler of the second one is called, with the id of what has come. */
export function post(called: (id: string) => void) {
  const sending = handle(Send, async ({ id, text }, { send }) => send(Note({ id, text })))
  const noting = handle(Note, async ({ id }) => called(id))
  const reading = subscription('reading', { from: letters }).on({ Written: ({ id }) => called(id) })
  return system('post', {
    services: [
      service('writers', { parts: [Letter, sending], publishes: [letters], owner: 'bench' }),
      service('readers', { parts: [noting, reading], owner: 'bench' }),
    ],
  })
}
