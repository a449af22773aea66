import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { isEventwrightError } from '../../src/base/errors.ts'

/** It rejects as what no repetition mends, says why and what to correct, and shows no secret however deep one looks. */
export async function assertDenied(
  work: Promise<unknown>,
  why: RegExp,
  secrets: readonly string[] = [],
): Promise<void> {
  const error = await failureOf(work)
  assert.ok(isEventwrightError(error, 'EW_BROKER_DENIED'), String(error))
  assert.equal(error.retryable, false)
  assert.match(error.message, why)
  assert.match(error.message, /Correct user, password, token, certificate or `tls` in the options of the broker/)
  assertSecret(error, secrets)
}

/** It rejects as what may pass, with a hint of what to look at if it does not. */
export async function assertCutOff(
  work: Promise<unknown>,
  hint: RegExp,
  secrets: readonly string[] = [],
): Promise<void> {
  const error = await failureOf(work)
  assert.ok(isEventwrightError(error, 'EW_BROKER_FAILED'), String(error))
  assert.match(error.message, hint)
  assertSecret(error, secrets)
}

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail('it was let in'),
    (error: unknown) => error,
  )
}

function assertSecret(error: unknown, secrets: readonly string[]): void {
  const shown = `${inspect(error, { depth: 20, showHidden: true })}${JSON.stringify(error)}`
  for (const secret of secrets) assert.ok(!shown.includes(secret), 'a secret is shown')
}
