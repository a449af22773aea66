import { failure } from '../base/errors.ts'
import { channelFindings } from './composition/channels.ts'
import { derivedChannelFindings } from './composition/derived-channels.ts'
import { feedFindings } from './composition/feeds.ts'
import type { Finding } from './composition/finding.ts'
import { handlerFindings } from './composition/handlers.ts'
import { nameFindings } from './composition/names.ts'
import { ownerFindings } from './composition/owners.ts'
import { partsOf, type Composition } from './composition/parts.ts'
import { projectionFindings } from './composition/projections.ts'
import { sagaFindings } from './composition/sagas.ts'
import { unfinishedFindings } from './composition/unfinished.ts'
import { valueFindings } from './composition/values.ts'
import type { AnyService } from './service.ts'

const rules: readonly ((composition: Composition) => readonly Finding[])[] = [
  unfinishedFindings,
  nameFindings,
  ownerFindings,
  handlerFindings,
  projectionFindings,
  sagaFindings,
  channelFindings,
  derivedChannelFindings,
  feedFindings,
  valueFindings,
]

/** Sorts what the services declare and checks it. Error: EW_COMPOSITION with every finding, not the first. */
export function compose(system: string, services: readonly AnyService[]): Composition {
  const composition = partsOf(system, services)
  const findings = findingsOf(composition)
  if (findings.length === 0) return composition
  const count = findings.length === 1 ? 'one problem' : `${findings.length} problems`
  const lines = findings.map(({ where, what, remedy }, index) => `${index + 1}. ${where}: ${what} ${remedy}`)
  throw failure('EW_COMPOSITION', `The system ${system} has ${count}.\n${lines.join('\n')}\n`, {
    details: { findings },
  })
}

/** Every finding about a composition, rule by rule. */
export function findingsOf(composition: Composition): readonly Finding[] {
  return Object.freeze(rules.flatMap((rule) => rule(composition)).map((finding) => Object.freeze(finding)))
}
