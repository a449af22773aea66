import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { answerNoRequest, problemOfRequest } from './no-request.ts'

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
  const listener = getRequestListener(fetch, { errorHandler: problemOfRequest })
  // Node.js would answer a request without a host by itself, and say nothing; the listener says it.
  const server = createServer({ requireHostHeader: false }, listener)
  answerNoRequest(server)
  server.listen(port, host)
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
        const timer = setTimeout(() => server.closeAllConnections(), patienceMs)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}
