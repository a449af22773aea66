import { failure } from '../../base/errors.ts'

/** Refuses to begin at the beginning of a channel that keeps nothing which was read. Error: EW_REPLAY_MISSING. */
export function assertReplay(
  { name }: { readonly name: string },
  replay: boolean,
  { channel, group }: { readonly channel: string; readonly group: string },
): void {
  if (replay) return
  throw failure(
    'EW_REPLAY_MISSING',
    `${group} asks for the channel ${channel} from the beginning, and ${name} keeps no message of it that was read.`,
    { details: { channel, group } },
  )
}
