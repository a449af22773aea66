import { RequestError } from '@hono/node-server'
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, problemJson, problemResponse, problems } from './problem.ts'

/** The answer to a request whose host or target gives no URL. What else is thrown here is thrown on. */
export function problemOfRequest(error: unknown): Response {
  if (!(error instanceof RequestError)) throw error
  return problemResponse(new Problem('bad_request', `${error.message}. ${remedy}`), () => undefined)
}

/**
 * Answers what never becomes a request (no HTTP, headers without end, a body that is cut wrongly) with a problem, where
 * Node.js alone would answer with an empty body.
 */
export function answerNoRequest(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.on('request', ({ socket }, answer) => void answers.set(socket, answer))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket)
    const isAnswering = answer?.headersSent === true && !answer.writableFinished
    if (!socket.writable || isAnswering || error.code === 'ECONNRESET') return void socket.destroy()
    socket.end(rawAnswer(problemOf(error)), () => socket.destroy())
  })
  // An expectation that nobody knows may be ignored.
  server.on('checkExpectation', (request, answer) => void server.emit('request', request, answer))
}

const remedy = 'Send an HTTP/1.1 request with a Host header, for a path of this server.'

function problemOf({ code, message }: NodeJS.ErrnoException): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem('headers_too_large', 'Path and headers may have 16 KiB together; shorten them.')
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem('too_slow', 'The request was not complete in time; send it again without a pause.')
  }
  return new Problem('bad_request', `${message.replace(/^Parse Error: /, '')}. ${remedy}`)
}

function rawAnswer(problem: Problem): string {
  const body = problemJson(problem)
  const [status] = problems[problem.code]
  const headers = ['content-type: application/problem+json', `content-length: ${Buffer.byteLength(body)}`]
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, 'connection: close', '', body].join('\r\n')
}
