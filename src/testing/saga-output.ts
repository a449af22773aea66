import { failure } from '../base/errors.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import { failedStep, type AnySaga } from '../design/sagas/definition.ts'
import { stepNamed } from '../runtime/sagas/scope.ts'

/** The output of a step as the runtime stores it. Errors: EW_DESIGN, EW_VALIDATION, EW_JSON for a wrong one. */
export function storedOutput(saga: AnySaga, step: string, output: unknown): Json | undefined {
  const known = stepNamed(saga, step)
  if (known === undefined && step !== failedStep) {
    const names = saga.steps.map(({ name }) => name).join(', ')
    throw failure('EW_DESIGN', `The saga ${saga.name} has no step ${step}; its steps are: ${names}.`)
  }
  if (known?.kind === 'call') {
    const { reply } = known.command
    return reply === undefined ? undefined : plain(reply.encode(reply.validate(output)))
  }
  return output === undefined ? undefined : plain(output)
}

function plain(value: unknown): Json {
  return JSON.parse(canonicalJson(value)) as Json
}
