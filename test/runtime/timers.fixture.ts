import { command, handle, reject, service, system, t } from 'eventwright'
import { Mailbox, SendLetter } from './messages.fixture.ts'

export const Plan = command('Plan', { to: t.string(), text: t.string(), at: t.string() }).refuses('no')

export const Give = command('Give', { key: t.string() })

/** A handler that schedules a letter under its reader as key, and one that gives it up. */
export const planning = [
  handle(Plan, async ({ to, text, at }, { schedule }) => {
    schedule(SendLetter({ to, text }), at, { key: to })
    if (text === 'refused') return reject('no')
  }),
  handle(Give, async ({ key }, { unschedule }) => unschedule(key)),
] as const

/** One service plans, another one writes. */
export const office = system('office', {
  services: [service('plans', { parts: [...planning] }), service('mail', { parts: [Mailbox] })],
})
