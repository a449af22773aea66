import { failure, isEventwrightError, type ErrorCode } from '../../base/errors.ts'
import type { Outcome } from '../../ports/unit-of-work.ts'

/** The store's answer to a consumer's unit: an outcome, or why it will never take this unit. */
export type Offered =
  | { readonly outcome: Outcome; readonly refusal?: undefined }
  | { readonly outcome?: undefined; readonly refusal: Error }

const ofTheUnit: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'EW_JSON',
  'EW_SQL',
  'EW_SQL_UNSUPPORTED',
  'EW_TEXT',
  'EW_UNIT',
  'EW_VALIDATION',
  'EW_VALUE',
])

/**
 * Commits a consumer's unit and tells apart what a later attempt may mend (rejects, or an outcome) from what is wrong
 * with the unit itself (a refusal): recorded SQL that fails, a second row with the same unique values.
 */
export async function offer(commit: () => Promise<Outcome>): Promise<Offered> {
  try {
    const outcome = await commit()
    if (outcome.ok || outcome.reason !== 'unique') return { outcome }
    return {
      refusal: failure(
        'EW_UNIQUE',
        `A second row of ${outcome.table} would have the same ${outcome.columns.join(', ')}.`,
      ),
    }
  } catch (error) {
    if (isEventwrightError(error) && ofTheUnit.has(error.code)) return { refusal: error }
    throw error
  }
}
