import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  aggregate,
  channel,
  command,
  event,
  handle,
  jsonLog,
  memory,
  process,
  projection,
  saga,
  service,
  subscription,
  system,
  t as t_,
} from 'eventwright'
import { keptSpans } from '../../fixtures/told-spans.ts'
import { running, until } from '../running.fixture.ts'

const personal = { id: t_.string(), name: t_.string().pii(), ways: t_.array(t_.string()).pii() }
const Joined = event('Joined', personal)
const Join = command('Join', personal)
const Welcome = command('Welcome', personal)
const Member = aggregate('Member', { events: [Joined], commands: [Join], id: (c) => c.id, initial: () => 0 })
  .evolve({ Joined: (times) => times + 1 })
  .decide({ Join: (c) => Joined(c) })
const members = channel('members', { carries: [Joined], key: 'name' })

const ada = { id: '1', name: 'Ada Lovelace', ways: ['ada@analytical.example', '+44 20 7946 0018'] }
const secrets = [ada.name, ...ada.ways, 'analytical']

/** What a careless handler throws. */
const careless = ({ name, ways }: Pick<(typeof Join)['~data'], 'name' | 'ways'>): never => {
  throw new Error(`no letter to ${name} by ${ways.join(' or ')}, ${name}!`)
}

const retry = { maxAttempts: 1 } as const

/** Whatever can fail by data of a person does. */
const club = system('club', {
  services: [
    service('members', {
      parts: [
        Member,
        subscription('near', { from: [Joined], key: (e) => e.name, retry }).on({
          Joined(e, { send }) {
            send(Welcome(e))
          },
        }),
        subscription('nearest', { from: [Joined], key: (e) => e.name, retry }).on({ Joined: (e) => careless(e) }),
        projection('faces', { from: [Joined], key: (e) => e.id, row: { id: t_.string() } }).on({
          Joined: (_, e) => careless(e),
        }),
        process('follower', { initial: () => ({}) }).on(
          Joined,
          (e) => e.id,
          (_, e) => careless(e),
        ),
        saga('greeting', { startedBy: Joined, id: (e) => e.id }).pivotCall('greet', {
          call: Welcome,
          with: ({ input }) => careless(input),
        }),
      ],
      publishes: [members],
    }),
    service('letters', {
      parts: [
        handle(Welcome, async (c) => careless(c)),
        subscription('far', { from: members, retry }).on({ Joined: (e) => careless(e) }),
      ],
    }),
  ],
})

test('no line of the log and no span has personal data in it, and lines lead to what has caused them', async (t) => {
  const { telemetry, told, text } = keptSpans()
  const lines: string[] = []
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 'now',
  )
  const open = await running(t, club, { store: memory(), telemetry, log })
  await open.execute(Join(ada), { correlationId: 'c-1' })
  const about = (what: string) => lines.filter((line) => line.includes(what)).map((line) => JSON.parse(line))
  const consumers = ['members/subscription:nearest', 'letters/subscription:far', 'letters/commands', 'view:faces#1']
  await until('all are set aside', () =>
    consumers.every((name) => about('a message was set aside').some(({ consumer }) => consumer === name)),
  )
  await until('the saga is told of', () => about('a saga needs somebody').length > 0)
  await until('the process is parked', () => about('an instance is parked').length > 0)
  const { traceId } = told()[0]!
  const failures = ['a message was set aside', 'a saga needs somebody', 'an instance'].flatMap(about)
  for (const line of failures)
    assert.deepEqual([line.correlationId, line.traceId], ['c-1', traceId], JSON.stringify(line))
  const said = lines.join('')
  for (const secret of secrets) assert.ok(!said.includes(secret), `${secret} in ${said}`)
  for (const secret of secrets) assert.ok(!text().includes(secret), `${secret} in ${text()}`)
  // What is no data of a person is still told.
  assert.ok(said.includes('no letter to *** by *** or ***, ***!'))
  assert.ok(told().some(({ failed }) => failed))
})

test('a consumer that stops says by what, without personal data', async (t) => {
  const lines: string[] = []
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 'now',
  )
  const open = await running(t, club, { store: memory(), log, stuckAfter: 1 })
  await open.execute(Join(ada))
  const stopped = ['members/subscription:nearest', 'letters/subscription:far']
  await until('both have stopped', () => {
    const told = lines.filter((line) => line.includes('consumer stopped'))
    return stopped.every((name) => told.some((line) => line.includes(name) && line.includes('EW_STUCK')))
  })
  for (const secret of secrets) assert.ok(!lines.join('').includes(secret), `${secret} in ${lines.join('')}`)
})
