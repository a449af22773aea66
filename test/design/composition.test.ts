import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, channel, command, event, handle, isEventwrightError, process, projection, saga } from 'eventwright'
import { service, subscription, system, t, type Finding } from 'eventwright'

const Opened = event('Opened', { id: t.string(), note: t.string().optional() })
const Closed = event('Closed', { id: t.string() })
const Stray = event('Stray', { id: t.string() })
const Open = command('Open', { id: t.string() })
const Close = command('Close', { id: t.string() })
const LeftOut = command('LeftOut', { id: t.string() })
const row = { id: t.string() }
const id = (message: { readonly id: string }): string => message.id

const account = (name = 'Account', events = [Opened, Closed] as readonly (typeof Closed)[]) =>
  aggregate(name, { events: events as [typeof Opened, typeof Closed], commands: [Open], id, initial: () => 0 })
    .evolve({ Opened: (n) => n + 1, Closed: (n) => n })
    .decide({ Open: (c) => Opened(c) })
const view = (more: object = {}, name = 'accounts') =>
  projection(name, { from: [Opened], key: id, row, ...more } as never).on({
    Opened: (_: unknown, e: object) => e,
  } as never)
const react = (more: object = {}, name = 'mails') =>
  subscription(name, { from: [Opened], ...more } as never).on({ Opened() {} } as never)
const door = aggregate('Door', { events: [Closed], commands: [Close], id, initial: () => 0 })
  .evolve({ Closed: (n) => n })
  .decide({ Close: (c) => Closed(c) })
const onChannel = (more: object = {}) => channel('news', { carries: [Opened], key: 'id', ...more } as never)

const bank = (parts: readonly unknown[], publishes: readonly unknown[] = []) =>
  service('bank', { parts, publishes } as never)

/** What composing answers for services: every finding at once. */
function findings(...services: readonly unknown[]): readonly Finding[] {
  try {
    system('town', { services } as never)
    return []
  } catch (error) {
    assert.ok(isEventwrightError(error, 'EW_COMPOSITION'), String(error))
    return error.details['findings'] as readonly Finding[]
  }
}

const faults: readonly (readonly [what: string, code: string, services: () => readonly unknown[], says: RegExp])[] = [
  [
    'a chain that was not ended',
    'chain-unfinished',
    () => [bank([account(), projection('open', { from: [Opened], key: id, row })])],
    /needs \.on/,
  ],
  ['something that is no declaration', 'not-a-declaration', () => [bank([account(), 42])], /42/],
  [
    'a view whose name is no table name',
    'name-not-valid',
    () => [bank([account(), view({}, 'my view')])],
    /projection/,
  ],
  [
    'a refusal that is no name',
    'name-not-valid',
    () => [bank([account(), handle(LeftOut.refuses('not a name'), async () => undefined as never)])],
    /refusal/,
  ],
  [
    'two views with one name, but for case',
    'name-taken',
    () => [bank([account(), view(), view({}, 'Accounts')])],
    /Another projection/,
  ],
  ['two services with one name', 'name-taken', () => [bank([account()]), bank([door])], /Another service/],
  [
    'a part in two services',
    'part-twice',
    () => [bank([account(), door]), service('shop', { parts: [door] })],
    /already/,
  ],
  [
    'two definitions of one event',
    'message-defined-twice',
    () => [
      bank([
        account(),
        projection('other', { from: [event('Opened', { id: t.string() })], key: id, row }).on({ Opened: (_, e) => e }),
      ]),
    ],
    /another definition/,
  ],
  [
    'an old version of an event',
    'message-defined-twice',
    () => [
      bank([
        account(),
        projection('other', {
          from: [Opened.next({ id: t.string() }, ({ id: same }) => ({ id: same }))],
          key: id,
          row,
        }).on({ Opened: (_, e) => e }),
      ]),
    ],
    /uses version 1/,
  ],
  [
    'an event that nobody emits',
    'owner-missing',
    () => [bank([account(), projection('strays', { from: [Stray], key: id, row }).on({ Stray: (_, e) => e })])],
    /emits the event Stray/,
  ],
  [
    'an event of two services',
    'owner-twice',
    () => [bank([account()]), service('doors', { parts: [door] })],
    /emitted here and in the service bank/,
  ],
  [
    'a command with two handlers',
    'owner-twice',
    () => [bank([account(), handle(Open, async () => undefined)])],
    /handled here and by/,
  ],
  [
    'a read of another service without a channel',
    'event-of-other-service',
    () => [bank([account()]), service('reports', { parts: [view()] })],
    /belongs to the service bank/,
  ],
  [
    'an evolve that leaves an event out',
    'handler-missing',
    () => [
      bank([
        aggregate('Half', { events: [Opened, Closed], commands: [Open], id, initial: () => 0 })
          .evolve({ Opened: (n: number) => n } as never)
          .decide({ Open: (c) => Opened(c) }),
      ]),
    ],
    /no function for the event Closed/,
  ],
  [
    'a handler for an event that is not read',
    'handler-unknown',
    () => [
      bank([
        account(),
        projection('more', { from: [Opened], key: id, row }).on({
          Opened: (_: unknown, e: object) => e,
          Closed() {},
        } as never),
      ]),
    ],
    /Closed is for no event/,
  ],
  [
    'a subscription without handlers',
    'handler-missing',
    () => [bank([account(), subscription('idle', { from: [Opened] }).on({})])],
    /no handler at all/,
  ],
  [
    'an inline view of two aggregates',
    'inline-many-aggregates',
    () => [
      bank([
        account('Account', [Opened as never, Closed]),
        door,
        projection('both', { from: [Opened, Closed], key: id, row, mode: 'inline' }).on({
          Opened: (_, e) => ({ id: e.id }),
          Closed: (r) => r,
        }),
      ]),
    ],
    /one aggregate/,
  ],
  [
    'a saga whose id may be absent',
    'key-not-valid',
    () => [bank([account(), saga('opening', { startedBy: Opened, id: (e) => e.note as string })])],
    /saga opening id answers/,
  ],
  [
    'a process that reacts to nothing',
    'handler-missing',
    () => [bank([account(), process('idle', { initial: () => 0 })])],
    /process idle .*no event/,
  ],
  [
    'a step that reaches outside and an undo that does not',
    'undo-inside',
    () => [
      bank([
        account(),
        door,
        handle(LeftOut, async () => undefined, { outside: true }),
        saga('opening', { startedBy: Opened, id }).call('leave', {
          call: LeftOut,
          with: ({ input }) => ({ id: input.id }),
          undoCall: Close,
          undoWith: ({ input }) => ({ id: input.id }),
        }),
      ]),
    ],
    /saga opening .*undo Close would not be carried out/,
  ],
  [
    'a channel that carries nothing',
    'source-missing',
    () => [bank([account()], [onChannel({ carries: [] })])],
    /carries no message/,
  ],
  [
    'a channel key that may be absent',
    'channel-key',
    () => [bank([account()], [onChannel({ key: 'note' })])],
    /may be absent/,
  ],
  [
    'a channel that its owner does not publish',
    'channel-publisher',
    () => [bank([account()]), service('reports', { parts: [], publishes: [onChannel()] } as never)],
    /does not publish/,
  ],
  [
    'a view version that is no number',
    'value-not-valid',
    () => [bank([account(), view({ version: 0 })])],
    /version is 0/,
  ],
  [
    'a mode that does not exist',
    'value-not-valid',
    () => [bank([account(), view({ mode: 'eager' })])],
    /mode is "eager"/,
  ],
  [
    'a wait that is no duration',
    'value-not-valid',
    () => [bank([account(), react({ retry: { initial: 'soon' } })])],
    /retry\.initial/,
  ],
  [
    'an objective that nobody can keep',
    'value-not-valid',
    () => [bank([account(), view({ objectives: { lag: 0 } })])],
    /projection accounts.*objectives\.lag is 0/,
  ],
  [
    'a staleness that is no duration',
    'value-not-valid',
    () => [bank([account(), react({ objectives: { staleness: '5 s' } })])],
    /subscription mails.*objectives\.staleness is "5 s"/,
  ],
  [
    'an objective that does not exist',
    'value-not-valid',
    () => [bank([account(), react({ objectives: { latency: '5s' } })])],
    /subscription mails.*objectives\.latency is "5s"/,
  ],
  [
    'objectives that declare nothing',
    'value-not-valid',
    () => [bank([account(), react({ objectives: {} }), view({ objectives: 5 })])],
    /projection accounts.*objectives is 5/,
  ],
  [
    'a lag of mail that nobody counts up to',
    'value-not-valid',
    () => [
      bank([account(), process('watch', { initial: () => 0, objectives: { lag: 1_000 } }).on(Opened, id, () => ({}))]),
    ],
    /process watch.*objectives\.lag is 1000/,
  ],
]

test('a system that fits together has no finding, and is frozen', () => {
  const town = system('town', { services: [service('bank', { parts: [account()] })] })
  assert.ok(Object.isFrozen(town) && Object.isFrozen(town.graph))
  assert.equal(town.graph.events.get('Opened')?.service, 'bank')
})

for (const [what, code, services, says] of faults) {
  test(`composing finds ${what}, with its place and a remedy`, () => {
    const found = findings(...services()).filter(
      (each) => each.code === code && says.test(`${each.where} ${each.what}`),
    )
    assert.ok(found.length > 0, JSON.stringify(findings(...services()), null, 2))
    for (const { where, remedy } of found) assert.ok(where.length > 0 && remedy.length > 0)
  })
}

test('objectives are frozen, and no part of what makes a view another view', () => {
  const objectives = { lag: 5, staleness: '5s' }
  const parts = [
    view({ objectives }),
    react({ objectives }),
    saga('pay', { startedBy: Opened, id, objectives: { lag: 5, staleness: '5s' } }),
    process('watch', { initial: () => 0, objectives: { lag: 5, staleness: '5s' } }).on(Opened, id, () => ({})),
  ]
  objectives.lag = 6
  for (const part of parts) {
    assert.deepEqual(part.objectives, { lag: 5, staleness: '5s' })
    assert.ok(Object.isFrozen(part.objectives))
  }
  assert.equal(view({ objectives }).identity, view().identity)
  assert.equal(view().objectives, undefined)
})

test('unique columns are refused unless the view is inline', () => {
  const found = findings(bank([account(), view({ unique: ['id'] })]))
  assert.deepEqual(
    found.map(({ code }) => code),
    ['unique-not-inline'],
  )
})

test('all findings come at once, each also in the message', () => {
  const found = findings(bank([account(), view({ version: 0 }), react({ concurrency: -1 }), 42]))
  assert.deepEqual(new Set(found.map(({ code }) => code)), new Set(['not-a-declaration', 'value-not-valid']))
  assert.equal(found.length, 3)
  assert.throws(() => system('town', { services: [bank([account(), 42])] } as never), /1\. .*42.*Put services/s)
})
