import type { AnySystem } from '../../../src/design/system.ts'
import { shopWith, thanks } from '../../runtime/messages.fixture.ts'

/** Two services, a channel between them, and the channels that follow from them. */
export const letters: AnySystem = shopWith(thanks)
