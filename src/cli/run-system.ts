import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { memory } from '../adapters/memory/store.ts'
import { failure } from '../base/errors.ts'
import type { AnySystem } from '../design/system.ts'
import { starter } from '../runtime/start.ts'
import type { Run } from './io.ts'
import { lockPath } from './lock-beside.ts'
import { suggestion } from './nearest.ts'
import { tellingOf } from './people-log.ts'
import { printJsonLine, printLines, say } from './print.ts'
import { printable } from './printable.ts'
import type { StoreChoice } from './store-choice.ts'
import { storeOf } from './store-of.ts'
import { systemOf } from './system-of.ts'
import { viewsAdapterOf, type ViewsChoice } from './views-choice.ts'

/** What to run. */
export interface SystemChoice extends StoreChoice, ViewsChoice {
  readonly system: string
  readonly services?: readonly string[]
}

/**
 * Runs a system until the process is asked to end, then drains it. In production a released event that was changed
 * refuses the start: EW_LOCK_FILE. Other errors: EW_CONFIG for an unknown service, those of the store.
 */
export async function runSystem(
  command: Command,
  run: Run,
  mode: 'dev' | 'production',
  choice: SystemChoice,
): Promise<void> {
  const { io } = run
  const adapter = await storeOf(command, choice, io)
  const system = await systemOf(choice.system, io)
  const services = choice.services ?? [...system.graph.services.keys()]
  assertServices(system, services)
  const lockFile = await lockFileOf(run, mode, choice.system)
  const views = await viewsAdapterOf(choice, io)
  if (io.stop.aborted) return
  const lock = lockFile === undefined ? {} : { lockFile }
  const { end, ...telling } = tellingOf(run)
  const options = { store: adapter, views, ...telling, mode, clock: io.clock, services, signal: io.stop, ...lock }
  const begun = starter(memory)(system, options).finally(end)
  const running = await begun.catch((error: unknown) => {
    if (error !== io.stop.reason) throw error
  })
  if (running === undefined) return say(run, 'stopped before it was ready')
  try {
    const store = await running.inspect.store()
    await announce(run, system, { services, mode, store: store.name, head: store.head })
    if (!io.stop.aborted) await new Promise((done) => io.stop.addEventListener('abort', done, { once: true }))
    await say(run, 'stopping: finishing what is in flight')
  } finally {
    await running.stop()
  }
  await say(run, 'stopped')
}

/** Error: EW_CONFIG for a service that the system does not have. */
export function assertServices(system: AnySystem, services: readonly string[]): void {
  const known = [...system.graph.services.keys()]
  for (const name of services) {
    if (known.includes(name)) continue
    throw failure('EW_CONFIG', `The system ${system.name} has no service "${name}". ${suggestion(name, known)}`)
  }
}

/** A design that was never released has no lock file yet; it may start all the same. */
async function lockFileOf(run: Run, mode: 'dev' | 'production', file: string): Promise<string | undefined> {
  const path = lockPath(file, undefined, run.io)
  if (existsSync(path)) return path
  if (mode === 'production')
    await say(run, 'no eventwright.lock.json beside the system; eventwright check --write makes one')
  return undefined
}

interface Running {
  readonly services: readonly string[]
  readonly mode: string
  readonly store: string
  readonly head: number
}

async function announce({ io, json }: Run, system: AnySystem, running: Running): Promise<void> {
  const here = ({ service }: { readonly service: string }): boolean => running.services.includes(service)
  const { projections, subscriptions, commands } = system.graph
  const views = [...projections.values()]
    .filter(here)
    .map(({ definition }) => `${definition.name} (${definition.mode})`)
  const handlers = [...subscriptions.values()].filter(here).map(({ definition }) => definition.name)
  const handled = [...commands.values()].filter(here).map(({ definition }) => definition.type)
  if (json) return printJsonLine(io, { ready: true, system: system.name, ...running })
  const line = (label: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [printable(`  ${label.padEnd(14)}${names.join(', ')}`)]
  await printLines(
    io,
    printable(`${system.name} runs in mode ${running.mode} on ${running.store} (${running.head} events)`),
    ...line('services', running.services),
    ...line('commands', handled),
    ...line('views', views),
    ...line('subscriptions', handlers),
    'Interrupt it to stop.',
  )
}
