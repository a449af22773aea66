import { unitWithRows, type RunContext } from './run.ts'
import { handleContext, type Recorder } from './handle-context.ts'
import type { LocalWork } from '../saga-runner/options.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** What a local step of a saga records into `work`, as a command handler would. */
export function localWork(context: RunContext, service: string, recorder: Recorder, work: UnitOfWork): LocalWork {
  return {
    context: handleContext(context, service, recorder, work),
    async unit() {
      await work.loadUnread(context.inline.feeds)
      return unitWithRows(work, context)
    },
    committed: () => work.committed(),
  }
}
