/** Resolves at the next turn of the event loop, after everything that is ready to run now. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
