/** One query of a panel. */
export interface Query {
  readonly expr: string
  /** What a series is called, from its labels: `{{consumer}}`. */
  readonly legend: string
  /** A limit is drawn as a dashed line. */
  readonly isLimit?: true
}

/** A panel as it is asked for: its place follows from the order. */
export interface PanelDraft {
  readonly title: string
  readonly description: string
  readonly kind: 'stat' | 'timeseries' | 'table'
  /** Of Grafana: `short`, `s`, `ops`. */
  readonly unit: string
  readonly queries: readonly Query[]
  /** Of a stat: red from 1 on; otherwise red at 0. */
  readonly isTrouble?: true
}

/** Panels under a heading. */
export interface RowDraft {
  readonly title: string
  readonly panels: readonly PanelDraft[]
}

/** What Grafana reads; only what places a panel and asks for its figures is spelt out. */
export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
  readonly [member: string]: unknown
}

/** Of the 24 columns of a dashboard, and how many lines of it. */
const sizes = { stat: { w: 4, h: 4 }, timeseries: { w: 12, h: 8 }, table: { w: 24, h: 8 } } as const
const columns = 24

const datasource = { type: 'prometheus', uid: '${datasource}' }

/** Panels with numbers and places: one row after the other, each from left to right. */
export function placedPanels(rows: readonly RowDraft[]): readonly Panel[] {
  const placed: Panel[] = []
  let y = 0
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    })
    y += 1
    let [x, high] = [0, 0]
    for (const panel of panels) {
      const { w, h } = sizes[panel.kind]
      if (x + w > columns) [x, y, high] = [0, y + high, 0]
      placed.push(panelOf(panel, placed.length + 1, { x, y, w, h }))
      x += w
      high = Math.max(high, h)
    }
    y += high
  }
  return placed
}

function panelOf(draft: PanelDraft, id: number, gridPos: Panel['gridPos']): Panel {
  const { title, description, kind, unit, queries, isTrouble } = draft
  const isTable = kind === 'table'
  const steps = isTrouble
    ? [
        { color: 'green', value: null },
        { color: 'red', value: 1 },
      ]
    : [
        { color: 'red', value: null },
        { color: 'green', value: 1 },
      ]
  return {
    id,
    type: kind,
    title,
    gridPos,
    description,
    datasource,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(isTable && { format: 'table', instant: true }),
    })),
    fieldConfig: {
      defaults: { unit, ...(kind === 'stat' && { thresholds: { mode: 'absolute', steps } }) },
      overrides: queries.flatMap(({ isLimit }, index) => (isLimit ? [dashed(String.fromCharCode(65 + index))] : [])),
    },
    options: optionsOf(kind),
  }
}

function dashed(refId: string): unknown {
  return {
    matcher: { id: 'byFrameRefID', options: refId },
    properties: [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
    ],
  }
}

function optionsOf(kind: PanelDraft['kind']): unknown {
  if (kind === 'stat') return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'none' }
  if (kind === 'table') return { showHeader: true }
  return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } }
}
