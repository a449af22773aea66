/** Resolves at the next turn of the event loop, after everything that is ready to run now. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Resolves after everything that is ready to run now, before new input is looked for: cheaper than a turn. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
