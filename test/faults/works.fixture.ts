import { aggregate, channel, command, event, projection, saga, service, subscription, system, t } from 'eventwright'

const job = { jobId: t.string() }

export const JobTaken = event('JobTaken', { jobId: t.string(), customer: t.string() })
export const TakeJob = command('TakeJob', { jobId: t.string(), customer: t.string() })

const Job = aggregate('Job', { events: [JobTaken], commands: [TakeJob], id: (c) => c.jobId, initial: () => 0 })
  .evolve({ JobTaken: (n) => n + 1 })
  .decide({ TakeJob: (c, n) => (n > 0 ? [] : JobTaken(c)) })

/** Tables of recorded SQL. None of them has a key, so that whoever writes twice is in it twice. */
export const recordedTables = ['tallied', 'booked', 'delivered', 'packed'] as const

const insertInto = (table: (typeof recordedTables)[number]): string => `insert into ${table} (id) values ($1)`

/** Few rows that all jobs share: whoever folds an event twice, or writes an old row, is off for good. */
const tally = projection('tally', {
  from: [JobTaken],
  key: (e) => e.customer,
  row: { customer: t.string(), jobs: t.int() },
}).on({
  JobTaken(row, e, _meta, tx) {
    tx.run(insertInto('tallied'), [e.jobId])
    return { customer: e.customer, jobs: (row?.jobs ?? 0) + 1 }
  },
})

const Reminded = event('Reminded', job)
const Remind = command('Remind', job)
const Stamped = event('Stamped', job)
const Stamp = command('Stamp', job)
const Closed = event('Closed', job)
const Close = command('Close', job)

/** What the other service has done about a job; every time counts. */
const Letter = aggregate('Letter', {
  events: [Reminded, Stamped],
  commands: [Remind, Stamp],
  id: (c) => c.jobId,
  initial: () => 0,
})
  .evolve({ Reminded: (n) => n + 1, Stamped: (n) => n + 1 })
  .decide({ Remind: (c) => Reminded(c), Stamp: (c) => Stamped(c) })

const Closing = aggregate('Closing', { events: [Closed], commands: [Close], id: (c) => c.jobId, initial: () => 0 })
  .evolve({ Closed: (n) => n + 1 })
  .decide({ Close: (c) => Closed(c) })

/** Fed by the log; it also sets the timer of each job. */
const booking = (tell: Tell) =>
  subscription('booking', { from: [JobTaken] }).on({
    JobTaken(e, { tx, key, schedule }) {
      tell('booking', e.jobId, key)
      tx.run(insertInto('booked'), [e.jobId])
      schedule(Remind({ jobId: e.jobId }), '40ms', { key: e.jobId })
    },
  })

const jobs = channel('jobs', { carries: [JobTaken], key: 'customer' })

/** Fed by the channel, behind the relay. */
const delivering = (tell: Tell) =>
  subscription('delivering', { from: jobs }).on({
    JobTaken(e, { tx, key }) {
      tell('delivering', e.jobId, key)
      tx.run(insertInto('delivered'), [e.jobId])
    },
  })

/** Whoever is stopped again and again under way, on a machine in use, must not run out of attempts. */
const retry = { maxAttempts: 1_000 }

/** A step that goes outside, one that records, one of another service and one of its own. */
const working = (tell: Tell) =>
  saga('working', { startedBy: JobTaken, id: (e) => e.jobId })
    .step('fetch', {
      do: ({ input }, { key }) => tell('fetch', input.jobId, key),
      retry,
      noUndo: 'there is nothing to take back',
    })
    .local('pack', {
      do: ({ input }, { tx }) => tx.run(insertInto('packed'), [input.jobId]),
      retry,
      noUndo: 'there is nothing to take back',
    })
    .pivotCall('stamp', { call: Stamp, with: ({ input }) => ({ jobId: input.jobId }) })
    .finishCall('close', { call: Close, with: ({ input }) => ({ jobId: input.jobId }) })
    .failed(({ input }) => Close({ jobId: input.jobId }))

/** Tells something outside the database what is done for which job, with the key by which a repeat is recognised. */
export type Tell = (what: string, jobId: string, key: string) => void

/** Two services with a consumer of every kind. */
export const worksWith = (tell: Tell) =>
  system('works', {
    services: [
      service('office', { parts: [Job, Closing, tally, booking(tell), working(tell)], publishes: [jobs] }),
      service('post', { parts: [Letter, delivering(tell)] }),
    ],
  })
