import { londonInstant } from '../shop/london.ts'

const form = /^(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4}) (\d{1,2}):(\d{2})$/

/** The instant of a British local time written `month/day/year hour:minute`, as UTC text; undefined if it is none. */
export function invoiceInstant(text: string): string | undefined {
  const [, month, day, year, hour, minute] = form.exec(text) ?? []
  if (month === undefined) return undefined
  const century = year?.length === 2 ? 2000 : 0
  return londonInstant(century + Number(year), Number(month), Number(day), Number(hour), Number(minute))
}
