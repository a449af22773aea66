import type { AnySaga } from '../../design/sagas/definition.ts'
import type { DesignMap, MapLink } from './map-parts.ts'
import { sagaRows, span } from './saga-rows.ts'

/** A map in sentences: what goes where, once for each part and way. */
export function describeMap({ services, parts, links }: DesignMap): string {
  const nameOf = new Map(parts.map(({ id, name }) => [id, name]))
  const told = new Map<string, { link: MapLink; to: Set<string> }>()
  for (const link of links) {
    const key = JSON.stringify([link.from, link.kind, link.over])
    const sentence = told.get(key) ?? { link, to: new Set<string>() }
    told.set(key, sentence)
    sentence.to.add(nameOf.get(link.to) ?? link.to)
  }
  return [
    `Services: ${services.map(({ service }) => service).join(', ') || 'none'}.`,
    ...[...told.values()].map(({ link: { from, kind, over }, to }) => {
      const verb = kind === 'handled by' || kind === 'published on' ? `is ${kind}` : kind
      return `${nameOf.get(from) ?? from} ${verb} ${[...to].join(', ')}${over === undefined ? '' : ` over ${over}`}.`
    }),
  ].join(' ')
}

/** A saga in sentences, step by step. */
export function describeSaga(saga: AnySaga): string {
  const { startedBy, deadlineMs, recordFailure } = saga
  const steps = sagaRows(saga).map(({ step, texts, undo, noUndo, turnsBack, passesAfter }) => {
    const pivot = step.phase === 'pivot' ? ', the pivot,' : ''
    return [
      `${step.name}${pivot} ${texts.join(', ')}.`,
      ...(undo === undefined ? [] : [`It is undone by ${undo.join(', ')}.`]),
      ...(noUndo === undefined ? [] : [`Nothing of it is undone: ${noUndo}.`]),
      ...(turnsBack === undefined || undo !== undefined ? [] : [`The saga turns back when it is ${turnsBack}.`]),
      ...(passesAfter === undefined ? [] : [`The saga goes on ${passesAfter}.`]),
    ].join(' ')
  })
  return [
    `Started by ${startedBy.type}.`,
    ...(deadlineMs === undefined ? [] : [`It takes at most ${span(deadlineMs)} up to the pivot.`]),
    ...steps,
    ...(recordFailure === undefined ? [] : ['When everything is undone, the failure is recorded by a command.']),
  ].join(' ')
}
