import type { AnySaga, SagaPhase } from '../../design/sagas/definition.ts'
import { shapeOf } from './outlines.ts'
import { fontSizes, type Box, type BoxKind } from './picture.ts'
import type { SagaRow } from './saga-rows.ts'
import { fittingText, widthOfText } from './text-width.ts'

const edge = 14
/** Lines run near the left edge of boxes, so that there is room for words beside them. */
const lineInset = 24
const lineHeight = 16
const stepHeight = 60
const undoHeight = 44
const lowHeight = 26
const rowGap = 24
const areaHead = 28
const areaFoot = 14
const small = { size: fontSizes.small }

/** Where the two columns of a saga's graph stand, in px. */
export interface Across {
  readonly width: number
  readonly left: number
  readonly stepWidth: number
  readonly backLeft: number
  readonly backWidth: number
  readonly forwardX: number
  readonly backX: number
}

/** The columns, as wide as their texts. */
export function acrossOf({ startedBy, deadlineMs }: AnySaga, rows: readonly SagaRow[]): Across {
  const name = { size: fontSizes.strong, isBold: true }
  const steps = rows.flatMap(({ step, texts }) => [
    widthOfText(step.name, name),
    ...texts.map((text) => widthOfText(text, small)),
  ])
  const undos = rows.flatMap(({ undo = [] }) => undo.map((text) => widthOfText(text, small)))
  const stepWidth = bounded(190, [...steps, widthOfText(startedBy.type, name)], 270)
  const backWidth = bounded(150, [...undos, ...rows.map(({ noUndo = '' }) => widthOfText(noUndo, small) + 20)], 220)
  const between =
    Math.max(
      ...rows
        .flatMap(({ turnsBack = '', turnsBackHere = '' }) => [turnsBack, turnsBackHere])
        .map((text) => widthOfText(text, small)),
      deadlineMs === undefined ? 0 : 40,
    ) + 46
  const backLeft = edge + stepWidth + between
  return {
    width: backLeft + backWidth + edge,
    left: edge,
    stepWidth,
    backLeft,
    backWidth,
    forwardX: edge + lineInset,
    backX: backLeft + lineInset,
  }
}

function bounded(least: number, widths: readonly number[], most: number): number {
  return Math.min(most, Math.max(least, ...widths.map((width) => width + 34)))
}

/** How high everything in a saga's graph stands, in px. */
export interface Down {
  readonly height: number
  readonly failedTop: number
  readonly stepTops: readonly number[]
  readonly completedTop: number
  readonly areas: readonly { readonly phase: SagaPhase; readonly top: number; readonly bottom: number }[]
}

/** One step below the other, phases apart. */
export function downOf({ recordFailure, deadlineMs }: AnySaga, rows: readonly SagaRow[]): Down {
  let y = lowHeight + rowGap
  const failedTop = y
  if (recordFailure !== undefined) y += undoHeight + rowGap
  else if (deadlineMs !== undefined) y += rowGap
  const stepTops: number[] = []
  const areas: { phase: SagaPhase; top: number; bottom: number }[] = []
  for (const { step } of rows) {
    const area = areas.at(-1)
    if (area?.phase === step.phase) y += rowGap
    else {
      if (area !== undefined) y += areaFoot + 10
      areas.push({ phase: step.phase, top: y, bottom: y })
      y += areaHead
    }
    stepTops.push(y)
    y += stepHeight
    areas.at(-1)!.bottom = y + areaFoot
  }
  const completedTop = y + areaFoot + rowGap
  return { height: completedTop + lowHeight, failedTop, stepTops, completedTop, areas }
}

/** Every box of the graph. */
export function boxesOf(saga: AnySaga, rows: readonly SagaRow[], across: Across, down: Down): readonly Box[] {
  const { left, stepWidth, backLeft, backWidth } = across
  const forward = { x: left, width: stepWidth }
  const back = { x: backLeft, width: backWidth }
  const low = { height: lowHeight, kind: 'end' as const }
  const { type } = saga.startedBy
  const turning: readonly Box[] = [
    boxOf('compensated', { ...back, ...low, y: 0, texts: ['compensated'], title: 'Everything is undone' }),
    ...(saga.recordFailure === undefined
      ? []
      : [boxOf('failed', { ...back, y: down.failedTop, height: undoHeight, kind: 'failed', texts: failedTexts })]),
  ]
  return [
    boxOf('start', { ...forward, y: 0, height: lowHeight, kind: 'event', texts: [type], title: `Started by ${type}` }),
    ...(rows.some(turns) ? turning : []),
    ...rows.flatMap(({ step: { name, kind, phase }, texts, undo }, at): readonly Box[] => {
      const y = down.stepTops[at]!
      const shape = kind === 'wait' ? 'wait' : phase === 'pivot' ? 'pivot' : 'step'
      const step = boxOf(`step:${name}`, { ...forward, y, height: stepHeight, kind: shape, texts: [name, ...texts] })
      if (undo === undefined) return [step]
      const undoY = y + (stepHeight - undoHeight) / 2
      const title = `Undo of ${name}: ${undo.join(', ')}`
      return [step, boxOf(`undo:${name}`, { ...back, y: undoY, height: undoHeight, kind: 'undo', texts: undo, title })]
    }),
    boxOf('completed', { ...forward, ...low, y: down.completedTop, texts: ['completed'], title: 'Everything is done' }),
  ]
}

/** Whether a saga may turn back at a step. */
export function turns({ turnsBack }: SagaRow): boolean {
  return turnsBack !== undefined
}

const failedTexts = ['failed', 'recorded until it is answered']

interface Drawn {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly kind: BoxKind
  readonly texts: readonly string[]
  readonly title?: string
}

function boxOf(id: string, { texts, title = texts.join(', '), ...place }: Drawn): Box {
  const { width, height, kind } = place
  const { outline, inner, left, right } = shapeOf(kind, width, height)
  const first = (height - (texts.length - 1) * lineHeight) / 2 + 4
  return {
    id,
    ...place,
    outline,
    ...(inner !== undefined && { inner }),
    texts: texts.map((text, at) => {
      const look = at > 0 ? 'small' : kind === 'step' || kind === 'pivot' || kind === 'wait' ? 'strong' : 'name'
      const font = { size: fontSizes[look], isBold: look === 'strong' }
      return { x: left, y: first + at * lineHeight, text: fittingText(text, font, width - left - right), look }
    }),
    title,
  }
}
