/**
 * Closed loop: so many callers, each beginning its next piece of work when the last one was answered. Answers the rate.
 */
export async function perSecond(callers: number, forMs: number, work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const begun = performance.now()
  const end = begun + forMs
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await work()
      count++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (count * 1000) / (performance.now() - begun)
}
