import type { ViewDecl } from './part.ts'
import type { AnyService, ServiceDef } from './service.ts'
import { compose } from './composition.ts'
import { graphOf, type Graph } from './graph.ts'

/** Any system: all services and the graph of what they declare. */
export interface AnySystem {
  readonly kind: 'system'
  readonly name: string
  readonly '~services': string
  readonly '~commands': string
  readonly '~view': any
  readonly services: readonly AnyService[]
  readonly graph: Graph
}

/** A system: `S` names of services, `C` names of commands, `V` its views. */
export interface SystemDef<N extends string, S extends string, C extends string, V extends ViewDecl> extends AnySystem {
  readonly name: N
  readonly '~services': S
  readonly '~commands': C
  readonly '~view': V
}

/**
 * Puts services together and checks that they fit. Error: EW_COMPOSITION, whose `details.findings` lists every problem
 * with its place and its remedy.
 */
export function system<const N extends string, const S extends readonly ServiceDef<string, string, any>[]>(
  name: N,
  head: {
    readonly services: S
  },
): SystemDef<N, S[number]['name'], S[number]['~commands'], S[number]['~view']> {
  const composition = compose(name, head.services)
  return Object.freeze({
    kind: 'system',
    name,
    services: composition.services,
    graph: graphOf(composition),
  }) as unknown as SystemDef<N, S[number]['name'], S[number]['~commands'], S[number]['~view']>
}
