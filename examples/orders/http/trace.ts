import { randomBytes } from 'node:crypto'
import type { Telemetry, TraceContext } from 'eventwright'
import { statusOf } from './problem.ts'

/**
 * Answers a request within the trace that it came with, or one of its own: what it leads to, in whichever process,
 * belongs to that. Where nobody tells telemetry the trace goes on all the same.
 */
export async function answerTraced(
  telemetry: Telemetry | undefined,
  { method, path }: { readonly method: string; readonly path: string },
  { headers }: Request,
  answer: (trace: TraceContext) => Promise<Response>,
): Promise<Response> {
  const came = cameWith(headers)
  if (telemetry === undefined) return answer(came ?? { traceparent: newTraceparent() })
  const span = telemetry.begin({
    name: `${method} ${path}`,
    kind: 'server',
    parent: came ?? {},
    attributes: { 'http.request.method': method, 'http.route': path },
  })
  const end = (status: number): void => {
    span.set({ 'http.response.status_code': status })
    span.end(status >= 500 ? String(status) : undefined)
  }
  try {
    const response = await span.within(() => answer(span.trace))
    end(response.status)
    return response
  } catch (error) {
    end(statusOf(error))
    throw error
  }
}

const longestState = 512

/** Others may not read what has another form, so it is left out as W3C asks for. */
function cameWith(headers: Headers): TraceContext | undefined {
  const traceparent = headers.get('traceparent') ?? ''
  if (!traceparentForm.test(traceparent)) return undefined
  const tracestate = headers.get('tracestate') ?? ''
  return tracestate === '' || tracestate.length > longestState ? { traceparent } : { traceparent, tracestate }
}

/** Nothing of zeros alone, which stands for nothing. */
const traceparentForm = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}
