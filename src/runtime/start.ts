import { systemClock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { processName } from '../base/process-name.ts'
import type { CommandMessage } from '../design/message.ts'
import type { AnySystem } from '../design/system.ts'
import type { StoreAdapter } from '../ports/store.ts'
import { Engine } from './engine.ts'
import { commitLimits } from './commits/limits.ts'
import { keepMs } from './housekeeping/keep.ts'
import { assertReleased } from './log/released.ts'
import { Refused, type Running, type Start, type StartOptions } from './running.ts'
import { stopPatienceMs } from './stop-deadline.ts'
import { correlatedLog } from './telemetry/correlated-log.ts'

const mostPatienceMs = 3_600_000

/** Makes `start`; live views keep their rows in a store of their own that `scratch` opens, in memory. */
export function starter(scratch: () => StoreAdapter): Start {
  const start = async (system: AnySystem, options: StartOptions): Promise<Running> => {
    const settings = settingsOf(system, options)
    if (options.lockFile !== undefined) await assertReleased(system, options.lockFile, settings)
    // What started it, such as a span of the program's beginning, is no part of what goes on from here.
    const open = (): Promise<Engine> => Engine.open(system, settings, scratch())
    return running(await (settings.telemetry?.detached(open) ?? open()))
  }
  return start as Start
}

function running(engine: Engine): Running {
  return {
    ...writes(engine),
    withTransaction(client) {
      const calls = engine.withTransaction(client)
      return { ...writes(calls), committed: calls.committed }
    },
    views: engine.views as Running['views'],
    events: engine.events,
    inspect: engine.inspect,
    operate: engine.operate,
    caughtUp: (options = {}) => engine.caughtUp(options.timeoutMs ?? Infinity, options.signal),
    stop: () => engine.stop(),
  }
}

type Writes = Pick<Running, 'execute' | 'attempt' | 'append' | 'schedule' | 'unschedule'>

function writes(calls: Pick<Engine, keyof Writes & keyof Engine>): Writes {
  const attempt = (command: CommandMessage, options = {}) => calls.attempt(command, options)
  return {
    attempt: attempt as Running['attempt'],
    execute: (async (command: CommandMessage, options = {}) => {
      const answer = await attempt(command, options)
      if (!answer.ok) throw new Refused(command.type, answer.code, answer.detail)
      const { receipt, events, reply, repeated } = answer
      return { receipt, events, reply, repeated }
    }) as Running['execute'],
    append: calls.append as Running['append'],
    schedule: calls.schedule as Running['schedule'],
    unschedule: calls.unschedule,
  }
}

function settingsOf(system: AnySystem, options: StartOptions): Parameters<typeof Engine.open>[1] {
  const services = options.services ?? [...system.graph.services.keys()]
  for (const name of services) {
    if (!system.graph.services.has(name)) {
      throw failure(
        'EW_CONFIG',
        `The system ${system.name} has no service "${name}"; it has: ${[...system.graph.services.keys()].join(', ')}.`,
      )
    }
  }
  if (options.store?.kind !== 'store')
    throw failure('EW_CONFIG', 'start needs a store, for example sqlite(file) or memory().')
  if (options.broker !== undefined && options.broker.kind !== 'broker')
    throw failure('EW_CONFIG', 'The broker that start was given is none, such as kafka(brokers) or rabbitmq(url).')
  if (options.registry !== undefined && options.registry.kind !== 'registry')
    throw failure('EW_CONFIG', 'The registry that start was given is none, such as schemaRegistry(url).')
  if (options.telemetry !== undefined && options.telemetry.kind !== 'telemetry')
    throw failure('EW_CONFIG', 'The telemetry that start was given is none, such as openTelemetry().')
  if (options.views !== undefined && options.views.kind !== 'views')
    throw failure('EW_CONFIG', 'The views that start was given are none, such as mongodb(url).')
  const leaseMs = options.leaseMs ?? 10_000
  if (!(leaseMs >= 100)) throw failure('EW_CONFIG', `leaseMs is ${leaseMs}; it must be at least 100.`)
  const patienceMs = options.stopPatienceMs ?? stopPatienceMs
  if (!(patienceMs >= 0 && patienceMs <= mostPatienceMs))
    throw failure('EW_CONFIG', `stopPatienceMs is ${patienceMs}; it must be between 0 and ${mostPatienceMs}.`)
  const log = correlatedLog(options.log ?? silentLog, options.telemetry)
  return {
    store: options.store,
    broker: options.broker,
    registry: options.registry,
    views: options.views,
    lockFile: options.lockFile,
    services: new Set(services),
    mode: options.mode ?? (process.env['NODE_ENV'] === 'production' ? 'production' : 'dev'),
    authorise: options.authorise,
    log,
    clock: options.clock ?? systemClock,
    leaseMs,
    stopPatienceMs: patienceMs,
    backstopMs: 1_000,
    stuckAfter: options.stuckAfter ?? 100,
    limits: { ...commitLimits, ...options.limits },
    keep: keepMs(options.keep),
    // People read it where they ask who has what.
    owner: `${processName}/${newId()}`,
    signal: options.signal,
    telemetry: options.telemetry,
    onProgress: (progress) =>
      options.onProgress ? options.onProgress(progress) : log.info('building a view', { ...progress }),
  }
}
