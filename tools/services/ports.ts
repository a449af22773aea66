import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the ports that systems give to outgoing connections: one of those would take the place of an absent server.
const [lowest, highest] = [20_000, 32_000]

/** The first of `count` ports in a row on which nobody listens, and of which nobody says that they are `taken`. */
export async function freePorts(count: number, taken?: (first: number) => boolean): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(lowest, highest - count)
    if (taken?.(port) !== true && (await areFree(port, count))) return port
  }
  throw new Error(`There are no ${count} free ports in a row between ${lowest} and ${highest}.`)
}

/** Whether nobody listens on any of `count` ports in a row. */
export async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) if (!(await isFree(port))) return false
  return true
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
