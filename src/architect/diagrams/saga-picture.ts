import type { AnySaga } from '../../design/sagas/definition.ts'
import {
  joiningThrough,
  lineThrough,
  type Area,
  type Box,
  type Caption,
  type Line,
  type Picture,
  type Point,
} from './picture.ts'
import { acrossOf, boxesOf, downOf, turns, type Across } from './saga-places.ts'
import { phaseTitles, sagaRows, span, type SagaRow } from './saga-rows.ts'

/**
 * The graph of a saga: the way forward downwards on the left, the way back upwards on the right, what turns it back
 * between them. Ids of boxes are `start`, `completed`, `compensated`, `failed`, `step:<name>` and `undo:<name>`.
 */
export function sagaPicture(saga: AnySaga): Picture {
  const rows = sagaRows(saga)
  const across = acrossOf(saga, rows)
  const down = downOf(saga, rows)
  const boxes = boxesOf(saga, rows, across, down)
  const at = new Map(boxes.map((box) => [box.id, box]))
  return {
    width: across.width,
    height: down.height,
    areas: down.areas.map(({ phase, top, bottom }): Area => {
      const label: Caption = { x: across.forwardX + 14, y: top + 18, text: phaseTitles[phase], look: 'small' }
      return { x: 0, y: top, width: across.width, height: bottom - top, label: [label] }
    }),
    boxes,
    lines: [...forwardLines(rows, across, at), ...linesBack(rows, across, at)],
    captions: captionsOf(saga, rows, across, at),
  }
}

type Boxes = ReadonlyMap<string, Box>

/** How far from its middle a step is left when it turns back, and when it is undone itself. */
const leaving = { back: -13, undo: 9 }
/** In front of a step's undo a line that passes it turns up. */
const turning = 22
const joining = 12
/** From the right edge of a wait to the line that goes on without it. */
const passing = 26

function forwardLines(rows: readonly SagaRow[], { forwardX, left, stepWidth }: Across, boxes: Boxes): readonly Line[] {
  const ids = ['start', ...rows.map(({ step }) => `step:${step.name}`), 'completed']
  return ids.slice(1).flatMap((to, at): readonly Line[] => {
    const from = ids[at]!
    const passes = at > 0 && rows[at - 1]!.passesAfter !== undefined
    const down = (x: number): readonly Point[] => [
      [x, bottomOf(boxes.get(from)!)],
      [x, boxes.get(to)!.y],
    ]
    const then = { id: `then ${from}`, kind: 'then', touches: [from, to], ...lineThrough(down(forwardX)) } as const
    if (!passes) return [then]
    const x = left + stepWidth - passing
    return [then, { id: `passes ${from}`, kind: 'passes', touches: [from, to], ...lineThrough(down(x)) }]
  })
}

function linesBack(rows: readonly SagaRow[], { backLeft, backX }: Across, boxes: Boxes): readonly Line[] {
  const lines: Line[] = []
  const add = (from: string, to: string, through: Pick<Line, 'path' | 'head'>): void => {
    lines.push({ id: `back ${from} ${to}`, kind: 'turns back', touches: [from, to], ...through })
  }
  const into = (id: string): Point => [backX, bottomOf(boxes.get(id)!)]
  let above = boxes.has('failed') ? 'failed' : 'compensated'
  if (above === 'failed')
    add('failed', 'compensated', lineThrough([[backX, boxes.get('failed')!.y], into('compensated')]))
  const undone = rows.findLastIndex(({ undo }) => undo !== undefined)
  const last = rows.findLastIndex(turns)
  rows.forEach(({ step, turnsBack, turnsBackHere }, at) => {
    const id = `step:${step.name}`
    const { x, y, width, height } = boxes.get(id)!
    const [right, middle] = [x + width, y + height / 2]
    const undo = boxes.get(`undo:${step.name}`)
    // One line goes up, from the lowest that has to; the others run into it, so that dashes do not cover each other.
    const isLowest = at > undone && at === last
    if (undo === undefined) {
      const level: readonly Point[] = [
        [right, middle],
        [backX, middle],
      ]
      if (isLowest) add(id, above, lineThrough([...level, into(above)]))
      else if (turnsBack !== undefined) add(id, above, joiningThrough([...level, [backX, middle - joining]]))
      return
    }
    const [leave, own] = [middle + leaving.back, middle + leaving.undo]
    const over: readonly Point[] = [
      [right, leave],
      [backLeft - turning, leave],
      [backLeft - turning, undo.y - 12],
      [backX, undo.y - 12],
      [backX, undo.y - 12 - joining],
    ]
    if (turnsBack !== undefined) add(id, above, joiningThrough(over))
    if (turnsBackHere !== undefined)
      add(
        id,
        undo.id,
        lineThrough([
          [right, own],
          [backLeft, own],
        ]),
      )
    add(undo.id, above, lineThrough([[backX, undo.y], into(above)]))
    above = undo.id
  })
  return lines
}

function captionsOf(saga: AnySaga, rows: readonly SagaRow[], across: Across, boxes: Boxes): readonly Caption[] {
  const { deadlineMs } = saga
  const { forwardX, left, stepWidth, backX } = across
  const small = (x: number, y: number, text: string): Caption => ({ x, y, text, look: 'small' })
  return [
    ...(deadlineMs === undefined
      ? []
      : [small(forwardX + 14, bottomOf(boxes.get('start')!) + 22, `at most ${span(deadlineMs)} up to the pivot`)]),
    ...rows.flatMap(({ step, turnsBack, turnsBackHere, passesAfter, noUndo }): readonly Caption[] => {
      const { x, y, width, height } = boxes.get(`step:${step.name}`)!
      const [right, middle] = [x + width + 9, y + height / 2]
      const hasUndo = boxes.has(`undo:${step.name}`)
      return [
        ...(turnsBack === undefined ? [] : [small(right, middle - 4 + (hasUndo ? leaving.back : 0), turnsBack)]),
        ...(turnsBackHere === undefined ? [] : [small(right, middle - 4 + leaving.undo, turnsBackHere)]),
        ...(noUndo === undefined ? [] : [small(backX + 14, middle + 4, noUndo)]),
        ...(passesAfter === undefined
          ? []
          : [{ ...small(left + stepWidth - passing - 9, y + height + 16, passesAfter), anchor: 'end' as const }]),
      ]
    }),
  ]
}

function bottomOf({ y, height }: Box): number {
  return y + height
}
