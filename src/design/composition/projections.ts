import type { AnyProjection } from '../projection.ts'
import type { Finding } from './finding.ts'
import type { Composition } from './parts.ts'

/** Rows, indexes and modes of projections. */
export function projectionFindings(composition: Composition): readonly Finding[] {
  return composition.projections.flatMap(({ definition, where }) => [
    ...sources(definition, where),
    ...columns(definition, where),
    ...indexes(definition, where),
    ...uniqueWithoutInline(definition, where),
    ...inlineOverAggregates(definition, where, composition),
  ])
}

function sources({ from }: AnyProjection, where: string): readonly Finding[] {
  if (from.length > 0) return []
  return [
    {
      code: 'source-missing',
      where,
      what: 'The projection reads no event.',
      remedy: 'Name the events in `from`.',
    },
  ]
}

const columnName = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

function columns({ row }: AnyProjection, where: string): readonly Finding[] {
  if (row.columns.length === 0) {
    return [
      {
        code: 'row-without-columns',
        where,
        what: 'The columns of the row cannot be told from its schema.',
        remedy: 'Declare the row as a map of fields, as t.record(…), or by a schema that gives its JSON Schema.',
      },
    ]
  }
  const first = new Map<string, string>()
  return row.columns.flatMap(({ name }) => {
    // SQL compares the names of columns without case.
    const other = first.get(name.toLowerCase())
    first.set(name.toLowerCase(), name)
    const what = !columnName.test(name)
      ? `The column ${name} is not a valid name.`
      : other === undefined
        ? undefined
        : `The columns ${other} and ${name} differ only in case.`
    return what === undefined
      ? []
      : [
          {
            code: 'column-name',
            where,
            what,
            remedy: 'Use a letter or _, then up to 62 letters, digits or _.',
          },
        ]
  })
}

function indexes({ row, index, unique }: AnyProjection, where: string): readonly Finding[] {
  const kinds = new Map(row.columns.map(({ name, kind }) => [name, kind]))
  return [...index, ...unique].flatMap((names) =>
    names.flatMap((name) => {
      const kind = kinds.get(name)
      if (kind !== undefined && kind !== 'json') return []
      return [
        {
          code: 'index-not-valid',
          where,
          what:
            kind === undefined ? `The row has no column ${name} to index.` : `The column ${name} holds nested values.`,
          remedy: 'Index columns of the row that hold plain values.',
        },
      ]
    }),
  )
}

function uniqueWithoutInline({ unique, mode }: AnyProjection, where: string): readonly Finding[] {
  if (unique.length === 0 || mode === 'inline') return []
  return [
    {
      code: 'unique-not-inline',
      where,
      what: `A view of mode ${mode} cannot refuse a second row with the same values.`,
      remedy: `Add mode: 'inline', or use index instead of unique.`,
    },
  ]
}

function inlineOverAggregates(
  { from, mode }: AnyProjection,
  where: string,
  { aggregates }: Composition,
): readonly Finding[] {
  if (mode !== 'inline') return []
  const types = new Set(from.map(({ type }) => type))
  const emitting = aggregates
    .filter(({ definition }) => definition.events.some(({ type }) => types.has(type)))
    .map(({ definition }) => definition.name)
  if (emitting.length <= 1) return []
  return [
    {
      code: 'inline-many-aggregates',
      where,
      what: `An inline view reads the events of one aggregate; these come from ${emitting.join(', ')}.`,
      remedy: `Use mode: 'async', or read the events of one aggregate only.`,
    },
  ]
}
