import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { streamsListCommand } from '../streams/list.ts'

/** `store streams`: the same as `streams list`, beside the other looks into a store. */
export function storeStreamsCommand(parent: Command, run: Run): void {
  streamsListCommand(parent, run, 'streams')
}
