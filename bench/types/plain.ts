import {
  domainsOf,
  type CommandModel,
  type Domain,
  type EventModel,
  type FieldKind,
  type FieldModel,
  type HandlerModel,
  type Model,
} from './model.ts'

/** The same model as interfaces and annotated functions, as one would write it by hand without a library. */
export function plainProject(model: Model): ReadonlyMap<string, string> {
  return new Map([
    ['plain.ts', plain],
    ...model.domains.map((domain) => [`${domain.name}.ts`, domainFile(domain)] as const),
    ...model.services.map((name, index) => [`${name}.ts`, serviceFile(model, name, index)] as const),
    ['system.ts', systemFile(model)],
  ])
}

const plain = `export interface Meta { readonly id: string, readonly stream: string, readonly version: number, readonly position: number, readonly occurredAt: string, readonly recordedAt: string }
export interface Money { readonly amount: string, readonly currency: 'GBP' | 'EUR' }
export interface Item { readonly sku: string, readonly quantity: number, readonly unitPrice: string }
export interface Refusal<C extends string> { readonly refused: C }
export interface Reply<R, E> { readonly reply: R, readonly events: readonly E[] }
export interface Effects { readonly key: string, readonly signal: AbortSignal, readonly meta: Meta, run(sql: string, params: readonly unknown[]): void }
export interface Loaded<S, E> { readonly state: S, append(...events: readonly E[]): void }
export interface Context extends Effects { load<S>(evolve: (state: S, event: never, meta: Meta) => S, id: string): Promise<Loaded<S, unknown>> }
export interface Channel<E extends { readonly type: string }> { readonly name: string, readonly carries: readonly E['type'][], readonly key: string, readonly retention: string }
`

const kinds: { readonly [kind in FieldKind]: string } = {
  text: 'string',
  number: 'number',
  amount: 'string',
  status: `'none' | 'open' | 'closed'`,
  items: 'readonly Item[]',
  money: 'Money',
  moment: 'string',
  flag: 'boolean',
  note: 'string',
}

const members = (fields: readonly FieldModel[]): string =>
  `{ ${fields.map(({ name, kind }) => `readonly ${name}${kind === 'note' ? '?' : ''}: ${kinds[kind]}`).join(', ')} }`

function domainFile({ name, events, commands }: Domain): string {
  return `import type { Item, Meta, Money, Refusal, Reply } from './plain.ts'

${events.map(eventText).join('\n')}
export type ${name}Event = ${events.map((each) => each.name).join(' | ')}

${commands
  .map(
    ({ name, fields }) =>
      `export interface ${name}Data ${members(fields)}\nexport interface ${name} { readonly type: '${name}', readonly data: ${name}Data }\n${constructor(name)}`,
  )
  .join('\n')}
export type ${name}Command = ${commands.map((each) => each.name).join(' | ')}

export interface ${name}State { readonly status: 'none' | 'open' | 'closed', readonly items?: readonly Item[], readonly count: number }
export const initial${name}: ${name}State = { status: 'none', count: 0 }
export const idOf${name} = (command: ${name}Command): string => command.data.id

export function evolve${name}(s: ${name}State, event: ${name}Event, m: Meta): ${name}State {
  switch (event.type) {
${events.map(({ name }, index) => `    case '${name}': return ${evolve(index)}`).join('\n')}
  }
}

${commands.map((command) => decide(name, command)).join('\n')}

export interface ${name}Row { readonly id: string, readonly customerId: string, readonly price: Money, readonly status: 'open' | 'closed', readonly updatedAt: string }
export const key${name} = (event: ${name}Event): string => event.data.id
export function project${name}(row: ${name}Row | undefined, event: ${name}Event, m: Meta): ${name}Row | undefined {
  switch (event.type) {
${events.map(({ name }, index) => `    case '${name}': return ${row(index)}`).join('\n')}
  }
}
`
}

function eventText({ name, fields, next }: EventModel): string {
  const today = `export interface ${name}Data ${members(next ?? fields)}
export interface ${name} { readonly type: '${name}', readonly data: ${name}Data }
${constructor(name)}`
  if (next === undefined) return today
  const upcast = next.some(({ kind }) => kind === 'money')
    ? `({ total, ...v1 }: ${name}V1): ${name}Data => ({ ...v1, price: { amount: total, currency: 'GBP' } })`
    : `(v1: ${name}V1): ${name}Data => ({ ...v1, origin: 'unknown' })`
  return `${today}\nexport interface ${name}V1 ${members(fields)}\nexport const upcast${name} = ${upcast}`
}

const made = (name: string): string => name[0]!.toLowerCase() + name.slice(1)
const constructor = (name: string): string =>
  `export const ${made(name)} = (data: ${name}Data): ${name} => ({ type: '${name}', data })`

const evolve = (index: number): string =>
  [
    `{ ...s, status: 'open', items: event.data.items }`,
    `{ ...s, count: s.count + 1 }`,
    `{ ...s, count: s.count + event.data.id.length + m.version }`,
    `s`,
    `{ ...s, status: 'closed' }`,
    `{ status: 'closed', count: s.count }`,
  ][index]!

function decide(name: string, { name: command, emits, refuses, replies }: CommandModel): string {
  const event = `${made(emits.name)}(c)`
  const accepted = replies ? `{ reply: { left: s.count }, events: [${event}] }` : event
  const answer = replies ? `Reply<{ readonly left: number }, ${emits.name}>` : emits.name
  const codes = refuses.map((code) => `'${code}'`).join(' | ')
  return refuses.length === 0
    ? `export function decide${command}(c: ${command}Data, s: ${name}State): ${answer} { return ${accepted} }`
    : `export function decide${command}(c: ${command}Data, s: ${name}State): ${answer} | Refusal<${codes}> { return s.status === 'closed' ? { refused: '${refuses[0]}' } : ${accepted} }`
}

const row = (index: number): string =>
  [
    `{ id: event.data.id, customerId: event.data.customerId, price: event.data.price, status: 'open', updatedAt: m.occurredAt }`,
    `row && { ...row, updatedAt: m.occurredAt }`,
    `row && { ...row, updatedAt: m.occurredAt }`,
    `row`,
    `row && { ...row, status: 'closed' }`,
    `undefined`,
  ][index]!

function serviceFile(model: Model, service: string, index: number): string {
  const domains = domainsOf(model, index)
  const handlers = model.handlers.filter((each) => each.service === index)
  const used = [...new Set([...domains, ...handlers.flatMap((each) => each.domains)])]
  const halves = [domains.slice(0, domains.length / 2), domains.slice(domains.length / 2)]
  return `import type { Channel, Context, Effects, Refusal } from './plain.ts'
${used
  .map(
    ({ name, events, commands }) =>
      `import type { ${[`${name}Event`, `${name}Command`, ...events.map((each) => `${each.name}`), `${events[0]!.name}Data`, ...commands.map((each) => each.name)].join(', ')} } from './${name}.ts'
import { evolve${name}, project${name}, ${[...events, ...commands].map((each) => made(each.name)).join(', ')} } from './${name}.ts'`,
  )
  .join('\n')}

${halves.map((half, side) => channelText(service, side, half)).join('\n')}
${handlers.map(handlerText).join('\n')}

export type ${service}Command = ${[...domains.map(({ name }) => `${name}Command`), ...handlers.map((each) => each.name)].join(' | ')}
export const ${service} = {
  views: { ${domains.map(({ name }) => `${name}: project${name}`).join(', ')} },
  aggregates: { ${domains.map(({ name }) => `${name}: evolve${name}`).join(', ')} },
  publishes: [${service}Channel0, ${service}Channel1], owner: 'team-${service}',
}
`
}

function channelText(service: string, side: number, domains: readonly Domain[]): string {
  const events = domains.flatMap((each) => each.events)
  return `export const ${service}Channel${side}: Channel<${domains.map(({ name }) => `${name}Event`).join(' | ')}> = { name: '${service}-${side}', carries: [${events.map((each) => `'${each.name}'`).join(', ')}], key: 'id', retention: '7d' }
export const ${service}Mail${side} = { retry: { maxAttempts: 5, initial: '1s' }, async ${events[0]!.name}(e: ${events[0]!.name}Data, { key, run, meta }: Effects): Promise<void> { run('insert into mail values (?, ?, ?)', [key, e.customerId, meta.occurredAt]) } }`
}

function handlerText({ name, domains: [first, second], replies }: HandlerModel): string {
  const reply = replies ? '{ readonly left: number }' : 'void'
  return `export interface ${name}Data { readonly id: string, readonly otherId: string, readonly quantity: number }
export interface ${name} { readonly type: '${name}', readonly data: ${name}Data }
export async function arrange${name}(c: ${name}Data, { load }: Context): Promise<${reply} | Refusal<'not_open'>> {
  const a = await load(evolve${first.name}, c.id)
  const b = await load(evolve${second.name}, c.otherId)
  if (a.state.status !== 'open') return { refused: 'not_open' }
  b.append(${made(second.commands[1]!.name)}(${literal(second.commands[1]!.fields)}))
  a.append(${made(first.events[4]!.name)}(${literal(first.events[4]!.fields)}))
  ${replies ? 'return { left: b.state.count }' : ''}
}`
}

function literal(fields: readonly FieldModel[]): string {
  const values: { readonly [kind in FieldKind]: string } = {
    text: `'x'`,
    number: 'c.quantity',
    amount: `'1.00'`,
    status: `'open'`,
    items: '[]',
    moment: `'2026-01-31T09:30:00.000Z'`,
    money: `{ amount: '1.00', currency: 'GBP' }`,
    flag: 'true',
    note: `'none'`,
  }
  return `{ ${fields.map(({ name, kind }) => `${name}: ${name === 'id' ? 'c.id' : values[kind]}`).join(', ')} }`
}

function systemFile({ services }: Model): string {
  return `${services.map((each) => `import { ${each}, type ${each}Command } from './${each}.ts'`).join('\n')}

export type Command = ${services.map((each) => `${each}Command`).join(' | ')}
export interface Running { execute(command: Command): Promise<void> }
export default { name: 'big', services: { ${services.join(', ')} } }
`
}
