import type { Graph } from '../design/graph.ts'
import type { AnySaga } from '../design/sagas/definition.ts'
import type { ShapeNode } from '../schema/node.ts'
import { isPersonal, PersonalValues } from './masking.ts'
import type { Json } from './wire.ts'

/** Whether instances of a saga or process may hold personal data; one that is not declared may. */
export function hasPersonalData(graph: Graph, name: string): boolean {
  if (name.startsWith('ew.')) return false
  const saga = graph.sagas.get(name)?.definition
  if (saga !== undefined) return shapesOf(saga).some(isPersonal)
  const process = graph.processes.get(name)?.definition
  if (process === undefined) return true
  return process.reactions.some(({ event }) => event.versions.some(({ node }) => isPersonal(node)))
}

/** The personal data that an instance was given, found in its state and its events by their declared shapes. */
export function personalValuesOf(graph: Graph, name: string, parts: readonly Json[]): PersonalValues {
  const values = new PersonalValues()
  const saga = graph.sagas.get(name)?.definition
  for (const part of parts)
    collect(part, (member, holder) => {
      const node = saga && shapeIn(graph, saga, member, holder)
      if (node !== undefined) values.add(node, holder[member]!)
    })
  return values
}

type Holder = { readonly [name: string]: Json }

/** Visits every member of every object, however deep. */
function collect(json: Json, visit: (member: string, holder: Holder) => void): void {
  if (Array.isArray(json)) for (const each of json as readonly Json[]) collect(each, visit)
  else if (typeof json === 'object' && json !== null) {
    const holder = json as Holder
    for (const member of Object.keys(holder)) {
      visit(member, holder)
      collect(holder[member]!, visit)
    }
  }
}

/** The shape of a member of the state or of an event of a saga; undefined where it has none. */
function shapeIn(graph: Graph, saga: AnySaga, member: string, holder: Holder): ShapeNode | undefined {
  const { inputVersion, command, schemaVersion, step } = holder
  switch (member) {
    case 'input':
      return typeof inputVersion === 'number' ? saga.startedBy.versions[inputVersion - 1]?.node : undefined
    case 'data':
      if (typeof command === 'string') return graph.commands.get(command)?.definition.node
      return typeof schemaVersion === 'number' ? waitedFor(saga, step)?.versions[schemaVersion - 1]?.node : undefined
    case 'output':
      return replyOf(saga, step)
    default:
      return undefined
  }
}

function waitedFor(saga: AnySaga, name: Json | undefined): AnySaga['startedBy'] | undefined {
  const step = saga.steps.find((each) => each.name === name)
  return step?.kind === 'wait' ? step.event : undefined
}

function replyOf(saga: AnySaga, name: Json | undefined): ShapeNode | undefined {
  const step = saga.steps.find((each) => each.name === name)
  return step?.kind === 'call' ? step.command.reply?.node : undefined
}

function shapesOf(saga: AnySaga): readonly ShapeNode[] {
  return [
    ...saga.startedBy.versions.map(({ node }) => node),
    ...saga.steps.flatMap((step) => {
      if (step.kind === 'wait') return step.event.versions.map(({ node }) => node)
      const undo = step.undo?.kind === 'call' ? [step.undo.command.node] : []
      if (step.kind !== 'call') return undo
      return [step.command.node, ...(step.command.reply === undefined ? [] : [step.command.reply.node]), ...undo]
    }),
  ]
}
