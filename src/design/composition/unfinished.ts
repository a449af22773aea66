import { describeValue } from '../../base/json-value.ts'
import type { Finding } from './finding.ts'
import type { Composition } from './parts.ts'

/** Chains that were not ended, and things that are no declarations at all. */
export function unfinishedFindings({ others }: Composition): readonly Finding[] {
  return others.map(({ definition, where }) => {
    const kind = (Object(definition) as { kind?: unknown }).kind
    return typeof kind === 'string' && kind.includes(' needs .')
      ? { code: 'chain-unfinished', where, what: `${kind}.`, remedy: 'End the chain.' }
      : {
          code: 'not-a-declaration',
          where,
          what: `${describeValue(definition)} is not a declaration.`,
          remedy:
            'Put services into a system, and into a service what aggregate, bind, handle, process, projection, saga ' +
            'and subscription return; undefined often comes from modules that import each other in a circle.',
        }
  })
}
