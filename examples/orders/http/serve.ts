import { serve, type ServerType } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

/** The port is taken or may not be used. */
export class CannotListen extends Error {
  readonly code = 'cannot_listen'
}

/** A server that listens. */
export interface Listening {
  readonly url: string
  /** Takes no new connections, lets requests in hand finish for up to ten seconds, then ends the rest. */
  close(): Promise<void>
}

const patienceMs = 10_000

/** Serves a fetch handler. Error: `CannotListen`. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<Listening> {
  const server: ServerType = serve({ fetch, hostname: host, port })
  const failed = new Promise<never>((_, reject) =>
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'another program listens there; set PORT to another number' : error.message
      reject(new CannotListen(`Cannot listen on ${host}:${port}: ${why}.`))
    }),
  )
  await Promise.race([once(server, 'listening'), failed])
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), patienceMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}
