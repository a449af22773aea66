/** What an amount looks like: pounds with two digits after the point. */
export const moneyPattern = /^(0|[1-9]\d{0,11})\.\d{2}$/

/** An amount as pence. */
export function penceOf(amount: string): number {
  return Number(amount.replace('.', ''))
}

/** Pence as an amount, for example `15.30`. */
export function amountOf(pence: number): string {
  const digits = String(pence).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
