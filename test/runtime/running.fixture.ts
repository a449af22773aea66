import type { TestContext } from 'node:test'
import { start, type AnySystem, type Log, type Running, type StartOptions, type SystemDef } from 'eventwright'
import { patienceMs } from '../fixtures/patience.ts'

type ViewOf<S> = S extends SystemDef<string, string, string, infer V> ? V : never
type CommandsOf<S> = S extends SystemDef<string, string, infer C, infer _> ? C : never

/** A system in this process. */
export type RunningOf<S extends AnySystem> = Running<CommandsOf<S>, ViewOf<S>>

/** Starts a system and stops it when the test is over, whatever became of it. */
export async function running<S extends AnySystem>(
  t: TestContext,
  system: S,
  options: StartOptions,
): Promise<RunningOf<S>> {
  const open = (await start(system as never, options as never)) as RunningOf<S>
  t.after(() => open.stop())
  return open
}

/** Waits until something holds; fails with its name when it does not within the time. */
export async function until(what: string, holds: () => unknown, timeoutMs = patienceMs): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A door that a test opens: who comes before waits. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open: () => open() }
}

/** Everything that was said, as `level: message`. */
export function listening(): Log & { readonly said: string[] } {
  const said: string[] = []
  const say =
    (level: string) =>
    (message: string): void =>
      void said.push(`${level}: ${message}`)
  return { said, info: say('info'), warn: say('warn'), error: say('error') }
}

/** What an iterable gives, until it ends. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
