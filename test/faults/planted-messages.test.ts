import { plant, type Fault } from './planted.fixture.ts'

const explore = 'test/testing/saga-explore.test.ts'
const decide = 'test/runtime/sagas/decide.test.ts'
const runner = 'test/runtime/saga-runner/runner.test.ts'
const processes = 'test/runtime/saga-runner/runner-process.test.ts'
const takeover = 'test/runtime/saga-runner/runner-takeover.test.ts'
const registered = 'test/runtime/saga-runner/runner-registered.test.ts'
const attempts = 'test/runtime/saga-runner/runner-attempts.test.ts'
const chaining = 'test/runtime/saga-runner/chaining.test.ts'
const ownRows = 'test/runtime/loop/own-rows.test.ts'
const participant = 'test/runtime/commands/participant.test.ts'
const outside = 'test/runtime/commands/participant-outside.test.ts'
const memory = 'test/adapters/memory.contract.test.ts'
const sqlite = 'test/adapters/sqlite.contract.test.ts'
const inbox = 'test/runtime/messages/subscription-handler-inbox.test.ts'

const offered = 'const { outcome, refusal } = await offered(desk, chain, unit)'

const registration: readonly Fault[] = [
  {
    what: 'the undo of a step is registered only by its success',
    file: 'src/runtime/sagas/evolve.ts',
    test: explore,
    sentences: 'a saga of three steps',
    from: `{ outcome: 'unknown', reason: event.reason, ...rest }`,
    to: `{ outcome: 'unknown', reason: event.reason, ...rest, undo: 'none' }`,
  },
  {
    what: 'a step whose outcome nobody knows is not undone',
    file: 'src/runtime/sagas/advance.ts',
    test: explore,
    sentences: 'a saga of three steps',
    from: `(outcome === 'done' || outcome === 'unknown')`,
    to: `outcome === 'done'`,
  },
  {
    what: 'commands leave before the commit that registers them',
    file: 'src/runtime/saga-runner/settling.ts',
    test: registered,
    sentences: 'a command has left',
    from: offered,
    to: `await offered(desk, chain, { outbox: unit.outbox ?? [] })
  const { outcome, refusal } = await offered(desk, chain, { ...unit, outbox: [] })`,
  },
  {
    what: 'functions are called before the commit that registers them',
    file: 'src/runtime/saga-runner/settling.ts',
    test: registered,
    sentences: 'a function is called',
    from: offered,
    to: `follow(desk, draft, own, chain)
  ${offered}`,
  },
  {
    what: 'commands of the own service are executed before the commit that registers them',
    file: 'src/runtime/saga-runner/settling.ts',
    test: takeover,
    sentences: 'replaced records nothing',
    from: offered,
    to: `follow(desk, draft, own, chain)
  ${offered}`,
  },
]

const counting: readonly Fault[] = [
  {
    what: 'attempts are not counted',
    file: 'src/runtime/sagas/evolve.ts',
    test: explore,
    sentences: 'a saga of three steps',
    from: 'attempt: event.attempt,',
    to: 'attempt: 1,',
  },
  {
    what: 'a new owner counts attempts from the beginning',
    file: 'src/runtime/saga-runner/instances.ts',
    test: runner,
    sentences: 'attempts are counted across owners',
    from: 'JSON.parse(text) as',
    to: `JSON.parse(text, (name, value) => (name === 'attempt' ? 1 : value)) as`,
  },
  {
    what: 'an attempt at which the process died is not counted',
    file: 'src/runtime/sagas/timers.ts',
    test: attempts,
    from: `attemptFailed(course, open.step, open.request, { kind: 'crash', message: 'the process that ran it is gone' })`,
    to: 'retry(course, open.step, { ...open.request, attempt: open.request.attempt - 1 })',
  },
]

const answers: readonly Fault[] = [
  {
    what: 'an answer to another request counts',
    file: 'src/runtime/sagas/replies.ts',
    test: explore,
    sentences: 'a saga of three steps',
    from: 'request.execId !== execId || request.action !== action',
    to: 'false',
  },
  {
    what: 'the answer to an earlier attempt does not count',
    file: 'src/runtime/sagas/replies.ts',
    test: decide,
    from: `if (result.status === 'done') return true`,
    to: '',
  },
  {
    what: 'an answer that comes late is not heeded',
    file: 'src/runtime/sagas/replies.ts',
    test: decide,
    from: `result.status === 'done' && state.closed`,
    to: `result.status === 'refused' && state.closed`,
  },
  {
    what: 'a step that turns out to be done while it is undone is not undone once more',
    file: 'src/runtime/sagas/evolve.ts',
    test: decide,
    from: `again: undo === 'open',`,
    to: 'again: false,',
  },
  {
    what: 'a step that turns out to be done after its undo is not undone once more',
    file: 'src/runtime/sagas/evolve.ts',
    test: decide,
    from: `undo: undo === 'done' ? 'registered' : undo,`,
    to: 'undo,',
  },
  {
    what: 'every copy of an answer is another piece of mail',
    file: 'src/runtime/saga-runner/mail.ts',
    test: 'test/runtime/saga-runner/mail.test.ts',
    sentences: 'a copy is the same',
    from: '${attempt}/${answer.status}`',
    to: '${attempt}/${answer.status}/${Math.random()}`',
  },
  {
    what: 'every copy of an event is another piece of mail',
    file: 'src/runtime/saga-runner/mail.ts',
    test: processes,
    sentences: 'each event once',
    from: 'address, event.meta.id, body)]',
    to: 'address, String(Math.random()), body)]',
  },
  {
    what: 'mail whose key is known comes again',
    file: 'src/adapters/memory/mail.ts',
    test: memory,
    from: 'if (this.#known.has(name)) return null',
    to: '',
  },
  {
    what: 'mail whose key is known comes again to SQLite',
    file: 'src/adapters/sqlite/saga-writes.ts',
    test: sqlite,
    sentences: 'mail',
    from: 'on conflict (saga, address, key) do nothing',
    to: 'on conflict (saga, address, key) do update set body = excluded.body',
  },
  {
    what: 'mail that was used up is brought again',
    file: 'src/adapters/memory/mail.ts',
    test: memory,
    from: 'deleteIn(this.#ofSaga, key.saga, name)',
    to: '',
  },
]

const fences: readonly Fault[] = [
  {
    what: 'an undo before its step leaves no tombstone',
    file: 'src/runtime/commands/participant.ts',
    test: participant,
    sentences: 'undo before its step',
    from: 'effect === undefined ? [step.row(tombstone)] : []',
    to: '[]',
  },
  {
    what: 'an undo goes outside before it has refused its step',
    file: 'src/runtime/commands/participant.ts',
    test: outside,
    sentences: 'its step is refused for good',
    from: 'effect === undefined && (await keep(asked, [step.row(tombstone)])) !== undefined',
    to: 'false',
  },
  {
    what: 'a step that may have reached outside is said to be expired',
    file: 'src/runtime/commands/participant.ts',
    test: outside,
    sentences: 'however late it comes',
    from: ' || reachesOutside(asked) || (await',
    to: ' || (await',
  },
  {
    what: 'what a step has led to is not kept',
    file: 'src/runtime/commands/run.ts',
    test: participant,
    sentences: 'each copy gets the stored reply',
    from: 'if (rejection === undefined) return { inbox: [',
    to: 'if (rejection === undefined) return {}\n    if (rejection === undefined) return { inbox: [',
  },
  {
    what: 'a refusal that may pass is kept for good',
    file: 'src/runtime/commands/run.ts',
    test: participant,
    sentences: 'a refusal is kept if it is final',
    from: 'finalRefusals !== null && !finalRefusals.includes(code)',
    to: 'false',
  },
  {
    what: 'an instance that others have moved is overwritten',
    file: 'src/runtime/saga-runner/unit.ts',
    test: takeover,
    sentences: 'further than its owner knows',
    from: 'partition: 1, expected, events }',
    to: `partition: 1, expected: 'any', events }`,
  },
  {
    what: 'a row of a saga is written without its stream',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'if (sagas !== undefined) checkSagas(sagas, appends)',
    to: '',
  },
  {
    what: 'what commits beside a position is not fenced',
    file: 'src/runtime/loop/space.ts',
    test: 'test/runtime/loop/space.test.ts',
    from: 'queue.commit({ ...unit, positions: fence.map((each) => leases.move(each, each.position)) })',
    to: 'queue.commit(unit)',
  },
  {
    what: 'a position that others have moved is moved from elsewhere',
    file: 'src/ports/decision.ts',
    test: memory,
    from: ' || state.position !== move.from',
    to: '',
  },
]

const ahead: readonly Fault[] = [
  {
    what: 'a step that runs ahead reads what is not stored yet',
    file: 'src/runtime/saga-runner/of-saga.ts',
    test: chaining,
    sentences: 'what a step reads shows',
    from: 'await ahead.stored()',
    to: '',
  },
  {
    what: 'steps run ahead of an instance that another owner has left',
    file: 'src/runtime/saga-runner/arrivals.ts',
    test: chaining,
    sentences: 'goes on step by step',
    from: 'apart.add(id)',
    to: '',
  },
  {
    what: 'steps commit together that were worked out without each other',
    file: 'src/runtime/saga-runner/chaining.ts',
    test: chaining,
    sentences: 'none in vain',
    from: 'if (steps.size < 2) return undefined',
    to: 'return undefined',
  },
  {
    what: 'mail that others have used up is told again',
    file: 'src/runtime/loop/own-rows.ts',
    test: ownRows,
    sentences: 'another owner has used up',
    from: 'this.#options.isTaken ? reader?.to :',
    to: '',
  },
  {
    what: 'whoever has lost mail to others and got it back begins with what he remembers',
    file: 'src/runtime/loop/own-rows.ts',
    test: ownRows,
    sentences: 'another owner has used up',
    from: '(after > 0 || !this.#options.isTaken)',
    to: 'true',
  },
  {
    what: 'what others have placed between own rows is passed over',
    file: 'src/runtime/loop/own-rows.ts',
    test: ownRows,
    sentences: 'finds what the store has',
    from: 'if (this.#to !== after) {',
    to: 'if (this.#to === undefined) {',
  },
]

const messages: readonly Fault[] = [
  {
    what: 'a relay moves on before the broker has what it was given',
    file: 'src/runtime/messages/relay.ts',
    test: 'test/runtime/messages/relay.test.ts',
    sentences: 'no broker had taken',
    from: '? broker.publish(messages)',
    to: `? (void broker.publish(messages).catch(() => undefined),
          entries.map((): PublishOutcome => ({ kind: 'ok' })))`,
  },
  {
    what: 'what a channel has brought is not noted',
    file: 'src/runtime/messages/subscription-handler.ts',
    test: inbox,
    sentences: 'is not handled again',
    from: 'key === undefined ? [] :',
    to: 'true ? [] :',
  },
  {
    what: 'what an event sends has another key each time',
    file: 'src/runtime/messages/subscription-handler.ts',
    test: inbox,
    sentences: 'has the same key',
    from: '${key}/sent/${outbox.length + 1}',
    to: '${key}/sent/${Math.random()}',
  },
  {
    what: 'copies of an event in one page are all handled',
    file: 'src/runtime/messages/subscription-handler.ts',
    test: inbox,
    sentences: 'is not handled again',
    from: 'seen.add(event.inboxKey)',
    to: '',
  },
]

plant('the guards of messages and sagas are needed', [
  ...registration,
  ...counting,
  ...answers,
  ...fences,
  ...ahead,
  ...messages,
])
