import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fine, PartyProblem, refusal, type Answer } from './answer.ts'
import type { Address, PartyKind } from '../party-file.ts'

/** One thing that a party can be asked. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** A last segment that begins with a colon stands for any text. */
  readonly path: string
  answer(asked: Asked): Answer | Promise<Answer>
}

/** A request, as far as a route looks at it. */
export interface Asked {
  /** The last segment of the path. */
  readonly last: string
  readonly query: URLSearchParams
  readonly body: Uint8Array
}

/** A party that listens. */
export interface Serving {
  readonly address: Address
  /** Resolves when it was asked to stop, or when nobody has asked anything for `idleMs`. */
  readonly ended: Promise<void>
}

/** Serves `routes` on a free port of this machine to those who know the token. */
export async function serveParty(kind: PartyKind, routes: readonly Route[], idleMs: number): Promise<Serving> {
  const token = randomBytes(24).toString('base64url')
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const own: Route[] = [
    { method: 'GET', path: '/healthz', answer: () => fine({ kind, pid: process.pid }) },
    { method: 'POST', path: '/stop', answer: () => fine({ stopping: true }) },
  ]
  const idle = setTimeout(end, idleMs)
  const server = createServer(async (request, response) => {
    idle.refresh()
    const answer = await answerTo(request, [...own, ...routes], token).catch(asRefusal)
    if (answer === 'silence') return
    if (request.url === '/stop' && answer.status === 200) response.on('close', end)
    send(response, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: { port: (server.address() as AddressInfo).port, token }, ended }
}

const mostBytes = 64 * 1024

async function answerTo(request: IncomingMessage, routes: readonly Route[], token: string): Promise<Answer> {
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    throw new PartyProblem(401, 'unauthorized', 'Send the token that stands in the file of this party.')
  }
  const [path = '', query] = (request.url ?? '').split('?')
  const segments = path.split('/')
  const route = routes.find((each) => each.method === request.method && isPath(each.path.split('/'), segments))
  if (route === undefined) throw new PartyProblem(404, 'not_found', 'This party cannot be asked that.')
  return route.answer({
    last: decoded(segments.at(-1) ?? ''),
    query: new URLSearchParams(query),
    body: await readBody(request),
  })
}

function isPath(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((segment, index) => segment.startsWith(':') || segment === segments[index])
  )
}

function isSame(got: string, expected: string): boolean {
  const [left, right] = [Buffer.from(got), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new PartyProblem(400, 'invalid', 'The path is not encoded as a URL must be.')
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Too much is read to its end and dropped: whoever is still sending would not see a refusal before.
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes <= mostBytes) chunks.push(chunk)
  }
  if (bytes > mostBytes) throw new PartyProblem(413, 'too_large', `A body may have ${mostBytes} bytes.`)
  return Buffer.concat(chunks)
}

function asRefusal(error: unknown): Answer {
  if (error instanceof PartyProblem) return refusal(error.status, error.code, error.message)
  return refusal(500, 'internal', error instanceof Error ? error.message : 'It broke.')
}

function send(response: ServerResponse, { status, body }: Exclude<Answer, 'silence'>): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}
