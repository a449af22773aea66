/** What a party says to a request; `silence` leaves whoever asked waiting for ever. */
export type Answer = { readonly status: number; readonly body: object } | 'silence'

/** A request that is answered with `application/problem+json`. */
export class PartyProblem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** It went well. */
export function fine(body: object): Answer {
  return { status: 200, body }
}

/** The answer that says why not. */
export function refusal(status: number, code: string, detail: string): Answer {
  return { status, body: { status, code, detail } }
}
