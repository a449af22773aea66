/** JSON with whole numbers of any size, which the defaults of longs are. */
export type AvroJson =
  null | boolean | number | bigint | string | readonly AvroJson[] | { readonly [key: string]: AvroJson }

/** The one text: keys sorted by UTF-16 code unit, no white space, a bigint as a bare number. */
export function avroText(value: AvroJson): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly AvroJson[]).map(avroText).join(',')}]`
  const members = value as { readonly [key: string]: AvroJson }
  const keys = Object.keys(members).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${avroText(members[key]!)}`).join(',')}}`
}
