/** The name of a field in a `.proto` text: lower case with `_` where Protobuf's rule for JSON names gives ours back. */
export function protoFieldName(name: string): string {
  const snake = snakeCase(name)
  return protoJsonName(snake) === name ? snake : name
}

/** The JSON name that Protobuf derives from the name of a field. */
export function protoJsonName(name: string): string {
  return name.replaceAll(/_+([^_]?)/g, (_, next: string) => next.toUpperCase())
}

/** The name of a type that belongs to a field: `paymentMethod` becomes `PaymentMethod`. */
export function typeName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(joined) ? joined : `Field${joined}`
}

/** Any text as an identifier in lower case with `_`; `empty` where nothing of it can stand in one. */
export function identifierOf(text: string, empty: string): string {
  const plain = snakeCase(text)
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  if (plain === '') return empty
  return /^[a-z]/.test(plain) ? plain : `${empty}_${plain}`
}

/** The first of `name`, `name_2`, `name_3` … that `isTaken` does not know. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name
  for (let count = 2; isTaken(free); count++) free = `${name}_${count}`
  return free
}

/** Words that a `.proto` text would read as something else where a type is named. */
export const notTypeNames: ReadonlySet<string> = new Set(
  `double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes
  message enum oneof map repeated optional required reserved extensions extend option group import package syntax
  service rpc returns stream public weak google`.split(/\s+/),
)

function snakeCase(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
