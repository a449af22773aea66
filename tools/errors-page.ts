import { errorTable } from '../src/base/error-table.ts'

/** The page of error codes, made from the table in src/base/error-table.ts. */
export function errorsPage(): string {
  const sections = Object.entries(errorTable)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { retryable, meaning, remedy }]) => {
      const facts = [`- What to do: ${remedy}`, `- Retryable: ${retryable ? 'yes' : 'no'}`]
      return [`## ${code}`, '', meaning, '', ...facts, ''].join('\n')
    })
  return [
    '# Errors',
    '',
    'Every error that Eventwright throws is an `EventwrightError` with a stable `code`; a declared refusal of a',
    'command is a `Refused`. *Retryable* says whether the same call may succeed later without any change. This page',
    'is made from `src/base/error-table.ts` by `npm run derive`.',
    '',
    ...sections,
  ].join('\n')
}
