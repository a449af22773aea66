import { decimal } from './decimal.ts'

const lengthDigits = 4

/**
 * A decimal with more digits than a column for numbers holds, as a text that sorts like the number: sign, number of
 * digits, digits; of a negative number the last two turned round digit by digit.
 */
export function sortableText(value: string, scale: number): string {
  const units = decimal.units(value, scale)
  const digits = (units < 0n ? -units : units).toString()
  const length = String(digits.length).padStart(lengthDigits, '0')
  return units < 0n ? `0${turned(length)}${turned(digits)}` : `1${length}${digits}`
}

/** The canonical decimal of a text made by `sortableText`. */
export function decimalOfText(text: string, scale: number): string {
  const digits = text.slice(1 + lengthDigits)
  return decimal.fromUnits(text.startsWith('0') ? -BigInt(turned(digits)) : BigInt(digits), scale)
}

function turned(digits: string): string {
  let text = ''
  for (let index = 0; index < digits.length; index++) text += String.fromCharCode(105 - digits.charCodeAt(index))
  return text
}
