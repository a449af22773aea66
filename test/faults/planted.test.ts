import { plant, type Fault } from './planted.fixture.ts'

const memory = 'test/adapters/memory.contract.test.ts'
const faults: readonly Fault[] = [
  {
    what: 'the epoch of a position is not compared',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'state.epoch !== move.epoch',
    to: 'false',
  },
  {
    what: 'the expected version is not compared',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'return version === expected',
    to: 'return true',
  },
  {
    what: 'a key of the inbox is taken twice',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'if (first !== undefined) {',
    to: 'if (false) {',
  },
  {
    what: 'the position is committed apart from the rows',
    file: 'src/runtime/loop/seat.ts',
    test: 'test/runtime/loop/consumer.test.ts',
    sentences: 'breaks before its commit',
    from: 'const outcome = await queue.commit({ ...unit, positions })',
    to: `await queue.commit({ positions })
      const again = positions.map((move) => ({ ...move, from: move.to }))
      const outcome = await queue.commit({ ...unit, positions: again })`,
  },
  {
    what: 'stored events are not upcast',
    file: 'src/runtime/log/event.ts',
    test: 'test/faults/versions.test.ts',
    from: 'return definition.decode(stored.schemaVersion, json)',
    to: 'return definition.decode(definition.schemaVersion, json)',
  },
  {
    what: 'stored events are not upcast in a rebuild',
    file: 'src/runtime/views/log-feeding.ts',
    test: 'test/faults/versions.test.ts',
    sentences: 'upcast on every way',
    from: 'handler: () => handler(again),',
    to: `handler: () => {
          const asStored = (event) =>
            new Proxy(event, {
              get: (_, name) => (name === 'data' ? JSON.parse(event.stored.data) : Reflect.get(event, name, event)),
            })
          const own = handler(again)
          if (build.generation === 1) return own
          return { ...own, handle: (bundle, events, signal) => own.handle(bundle, events.map(asStored), signal) }
        },`,
  },
  {
    what: 'a parked key does not hold its later events back',
    file: 'src/runtime/parking/parking.ts',
    test: 'test/faults/poison.test.ts',
    from: 'if (!this.has(entry.key)) free.push(entry)',
    to: 'if (true) free.push(entry)',
  },
  {
    what: 'an older state of an inline row may replace a newer one',
    file: 'src/runtime/views/projection-handler.ts',
    test: 'test/runtime/views/projection-handler.test.ts',
    sentences: 'the log never takes an inline row back',
    from: 'guard: this.#before.get(key)?.applied ?? 0',
    to: 'guard: undefined as never',
  },
  {
    what: 'inline rows do not look for events that were written without them',
    file: 'src/runtime/views/inline-views.ts',
    test: 'test/runtime/views/projection-handler.test.ts',
    sentences: 'caught up when another release',
    from: 'version > (stored?.applied ?? 0)',
    to: 'false',
  },
  {
    what: 'a stream that was only read may have moved at the commit',
    file: 'src/runtime/commands/unit-of-work.ts',
    test: 'test/runtime/commands/decision.test.ts',
    sentences: 'only read',
    from: 'expected: base.version',
    to: `expected: 'any'`,
  },
  {
    what: 'a page that was overtaken goes into the window of all consumers',
    file: 'src/runtime/log/reader.ts',
    test: 'test/runtime/log/reader.test.ts',
    sentences: 'overtaken',
    from: ' || end !== from',
    to: '',
  },
  {
    what: 'a stopping process parks what it breaks off',
    file: 'src/runtime/parking/keyed-run.ts',
    test: 'test/runtime/messages/subscription-handler.test.ts',
    sentences: 'parks nothing',
    from: 'signal.aborted ||',
    to: '',
  },
  {
    what: 'a lease that has not run out may be taken',
    file: 'src/adapters/memory/ownership.ts',
    test: 'test/runtime/ownership.test.ts',
    from: 'row.untilMs <= nowMs',
    to: 'true',
  },
]

plant('the guards of events, views and consumers are needed', faults)
