/** What can be written as YAML: what JSON can say; members that are undefined are left out. */
export type YamlValue =
  string | number | boolean | null | undefined | readonly YamlValue[] | { readonly [key: string]: YamlValue }

/**
 * A mapping as YAML of the plainest kind, one member a line. Texts are quoted as JSON quotes them, which YAML reads the
 * same, so no text is ever taken for a number, a date or a truth value.
 */
export function yamlLines(value: object, indent: string = ''): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, YamlValue]) =>
    inner === undefined ? [] : member(`${indent}${keyText(key)}:`, inner, indent),
  )
}

function member(start: string, value: YamlValue, indent: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${start} ${JSON.stringify(value)}`]
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${start} []`]
    return [start, ...value.flatMap((item: YamlValue) => listed(item, `${indent}  `))]
  }
  const inner = yamlLines(value, `${indent}  `)
  return inner.length === 0 ? [`${start} {}`] : [start, ...inner]
}

/** The first member stands beside the dash. */
function listed(item: YamlValue, indent: string): readonly string[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return [`${indent}- ${JSON.stringify(item)}`]
  const [first = '{}', ...rest] = yamlLines(item, `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

/** Words that some reader takes for a truth value or for nothing. */
const notAsKey = /^(y|n|yes|no|on|off|true|false|null)$/i

function keyText(key: string): string {
  return /^[A-Za-z][A-Za-z_]*$/.test(key) && !notAsKey.test(key) ? key : JSON.stringify(key)
}
