import type { JSX } from 'preact'
import type { PictureBox, PictureView } from '../../wire/pictures.ts'
import type { SagaStepItem } from '../../wire/sagas.ts'
import { BoxShape, Drawing } from './drawing.tsx'

const marks = { 'not asked': '', open: '◐', done: '●', unknown: '▲', failed: '■' } as const

interface SagaGraphProps {
  readonly picture: PictureView
  readonly steps: readonly SagaStepItem[]
}

/** The steps of a saga as they are declared, with how far the instance is; a list says the same in words. */
export function SagaGraph({ picture, steps }: SagaGraphProps): JSX.Element {
  const known = new Map(steps.map((step) => [step.step, step]))
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Steps as a graph">
      <Drawing picture={picture} name="Steps" box={(box) => <Part key={box.id} box={box} known={known} />} />
    </div>
  )
}

function Part({
  box,
  known,
}: {
  readonly box: PictureBox
  readonly known: ReadonlyMap<string, SagaStepItem>
}): JSX.Element {
  const isUndo = box.id.startsWith('undo:')
  const step = known.get(box.id.slice(box.id.indexOf(':') + 1))
  if (step === undefined) return <BoxShape of={box} />
  const [look, mark, now] = isUndo ? undoing(step) : doing(step)
  const texts = now === undefined ? box.texts : [...box.texts.slice(0, -1), { ...box.texts.at(-1)!, text: now }]
  return (
    <BoxShape of={box} look={look} texts={texts}>
      <text class="mark" x={box.width - 14} y={box.texts[0]!.y} text-anchor="end">
        {mark}
      </text>
    </BoxShape>
  )
}

type Shown = readonly [look: string, mark: string, now: string | undefined]

function doing({ outcome, isStuck, request, code }: SagaStepItem): Shown {
  const attempt = request === undefined || request.action === 'undo' ? undefined : `attempt ${request.attempt}`
  if (isStuck && request?.action !== 'undo') return ['wrong', marks.failed, `stuck, ${attempt ?? 'asked'}`]
  if (outcome === 'not asked') return ['not-asked', '', undefined]
  return [
    outcome === 'failed' ? 'wrong' : outcome,
    marks[outcome],
    attempt ?? (code === undefined ? outcome : `${outcome}: ${code}`),
  ]
}

function undoing({ undoState, isStuck, request }: SagaStepItem): Shown {
  const attempt = request?.action === 'undo' ? `attempt ${request.attempt}` : undefined
  if (isStuck && attempt !== undefined) return ['wrong', marks.failed, `stuck, ${attempt}`]
  if (undoState === 'open') return ['open', marks.open, attempt ?? 'asked']
  return undoState === 'done' ? ['done', marks.done, 'undone'] : ['not-asked', '', undefined]
}
