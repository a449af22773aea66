import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { order, Refusal } from '../server.ts'
import { role } from '../viewer.ts'

interface Props {
  /** The word on the button. */
  readonly name: string
  /** What will happen, in a sentence. */
  readonly what: ComponentChildren
  readonly path: string
  /** What is sent besides the reason. */
  readonly body?: Readonly<Record<string, unknown>>
  /** It cannot be taken back. */
  readonly isGrave?: boolean
  /** What has to be typed once more before it is done; it is sent as `name`. */
  readonly confirm?: string
  /** Told of a refusal; answers whether whoever ordered shows it, so that the dialog goes. */
  refused?(refusal: Refusal): boolean
  /** Called with the answer. */
  done?(answer: unknown): void
}

/** A button for operators, behind which a dialog asks for the reason that will stand beside the deed. */
export function Action(props: Props): JSX.Element | null {
  const isOpen = useSignal(false)
  if (role.value !== 'operator') return null
  return (
    <>
      <button type="button" class={props.isGrave ? 'grave' : undefined} onClick={() => (isOpen.value = true)}>
        {props.name}
      </button>
      {isOpen.value && <Dialog {...props} close={() => (isOpen.value = false)} />}
    </>
  )
}

function Dialog({
  name,
  what,
  path,
  body = {},
  isGrave = false,
  confirm,
  refused,
  done,
  close,
}: Props & { close(): void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  // One order, however often it is sent.
  const key = useMemo(() => crypto.randomUUID(), [])
  const refusal = useSignal<Refusal | undefined>(undefined)
  const isSending = useSignal(false)
  useEffect(() => dialog.current?.showModal(), [])
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const reason = form.get('reason')
    const name = form.get('name')
    if (confirm !== undefined && name !== confirm) {
      refusal.value = new Refusal(0, 'page', `Its name is ${confirm}.`)
      return
    }
    isSending.value = true
    try {
      const answer = await order(path, { ...body, reason, ...(confirm !== undefined && { name }) }, key)
      dialog.current?.close()
      done?.(answer)
    } catch (error) {
      refusal.value = error instanceof Refusal ? error : new Refusal(0, 'page', String(error))
      if (refused?.(refusal.value) === true) dialog.current?.close()
    } finally {
      isSending.value = false
    }
  }
  return (
    <dialog ref={dialog} aria-label={name} onClose={close}>
      <form onSubmit={(event) => void send(event)}>
        <h2>{name}</h2>
        <p>{what}</p>
        <label>
          Reason
          <input name="reason" required maxLength={1000} autocomplete="off" />
        </label>
        {confirm !== undefined && (
          <label>
            Its name once more: {confirm}
            <input name="name" required autocomplete="off" spellcheck={false} />
          </label>
        )}
        {refusal.value !== undefined && (
          <p class="trouble" role="alert">
            {refusal.value.message}
          </p>
        )}
        <p class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
          <button type="submit" class={isGrave ? 'grave' : 'main'} disabled={isSending.value}>
            {name}
          </button>
        </p>
      </form>
    </dialog>
  )
}
