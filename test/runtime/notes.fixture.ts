import { aggregate, command, event, t } from 'eventwright'

const note = { id: t.string(), text: t.string() }

export const Noted = event('Noted', note)
export const Note = command('Note', note)
export const Filed = event('Filed', note)
export const File = command('File', note)

/** What is noted here others file there: two services with one aggregate each. */
export const Book = aggregate('Book', { events: [Noted], commands: [Note], id: (c) => c.id, initial: () => 0 })
  .evolve({ Noted: (n) => n + 1 })
  .decide({ Note: (c) => Noted(c) })
export const Cabinet = aggregate('Cabinet', { events: [Filed], commands: [File], id: (c) => c.id, initial: () => 0 })
  .evolve({ Filed: (n) => n + 1 })
  .decide({ File: (c) => Filed(c) })
