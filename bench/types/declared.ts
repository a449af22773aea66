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

/** The model declared with Eventwright: file names to sources. */
export function declaredProject(model: Model): ReadonlyMap<string, string> {
  return new Map([
    ['money.ts', money],
    ...model.domains.map((domain) => [`${domain.name}.ts`, domainFile(domain)] as const),
    ...model.services.map((name, index) => [`${name}.ts`, serviceFile(model, name, index)] as const),
    ['system.ts', systemFile(model)],
  ])
}

const money = `import { t, type Out } from 'eventwright'
export const Money = t.record('Money', { amount: t.decimal(12, 2), currency: t.enum('GBP', 'EUR') })
export const Item = t.record('Item', { sku: t.string(), quantity: t.int(), unitPrice: t.decimal(12, 3) })
export interface Item extends Out<typeof Item> {}
`

const kinds: { readonly [kind in FieldKind]: string } = {
  text: 't.string()',
  number: 't.int()',
  amount: 't.decimal(12, 2)',
  status: `t.enum('none', 'open', 'closed')`,
  items: 't.array(Item)',
  money: 'Money',
  moment: 't.timestamp()',
  flag: 't.boolean()',
  note: 't.string().optional()',
}

const fieldMap = (fields: readonly FieldModel[]): string =>
  `{ ${fields.map(({ name, kind }) => `${name}: ${kinds[kind]}`).join(', ')} }`

function domainFile(domain: Domain): string {
  const { name, events, commands } = domain
  return `import { aggregate, command, event, projection, reject, reply, t } from 'eventwright'
import { Item, Money } from './money.ts'

${events.map(eventText).join('\n')}
${commands.map(commandText).join('\n')}

export interface ${name}State { readonly status: 'none' | 'open' | 'closed', readonly items?: readonly Item[], readonly count: number }

export const ${name} = aggregate('${name}', {
  events: [${events.map((each) => each.name).join(', ')}], commands: [${commands.map((each) => each.name).join(', ')}],
  id: c => c.id, initial: (): ${name}State => ({ status: 'none', count: 0 }),
}).evolve({
${events.map(({ name }, index) => `  ${name}: ${evolve(index)},`).join('\n')}
}).decide({
${commands.map((command) => `  ${command.name}: ${decide(command)},`).join('\n')}
})

export const ${name}View = projection('${name.toLowerCase()}', {
  from: [${events.map((each) => each.name).join(', ')}], key: e => e.id,
  row: { id: t.string(), customerId: t.string(), price: Money, status: t.enum('open', 'closed'), updatedAt: t.timestamp() }, index: ['customerId'],
}).on({
${events.map(({ name }, index) => `  ${name}: ${rowHandler(index)},`).join('\n')}
})
`
}

function eventText({ name, fields, next }: EventModel): string {
  const first = `export const ${name} = event('${name}', ${fieldMap(fields)})`
  if (next === undefined) return first
  const upcast = next.some(({ kind }) => kind === 'money')
    ? `({ total, ...v1 }) => ({ ...v1, price: { amount: total, currency: 'GBP' } })`
    : `v1 => ({ ...v1, origin: 'unknown' })`
  return `${first}\n  .next(${fieldMap(next)}, ${upcast})`
}

function commandText({ name, fields, refuses, replies }: CommandModel): string {
  const reply = replies ? '.replies({ left: t.int() })' : ''
  const codes = refuses.length > 0 ? `.refuses(${refuses.map((code) => `'${code}'`).join(', ')})` : ''
  return `export const ${name} = command('${name}', ${fieldMap(fields)})${reply}${codes}`
}

const evolve = (index: number): string =>
  [
    `(s, e) => ({ ...s, status: 'open', items: e.items })`,
    `s => ({ ...s, count: s.count + 1 })`,
    `(s, e, m) => ({ ...s, count: s.count + e.id.length + m.version })`,
    `s => s`,
    `s => ({ ...s, status: 'closed' })`,
    `s => ({ status: 'closed', count: s.count })`,
  ][index]!

function decide({ emits, refuses, replies }: CommandModel): string {
  const accepted = replies ? `reply({ left: s.count }, ${emits.name}(c))` : `${emits.name}(c)`
  return refuses.length === 0
    ? `c => ${accepted}`
    : `(c, s) => s.status === 'closed' ? reject('${refuses[0]}') : ${accepted}`
}

const rowHandler = (index: number): string =>
  [
    `(_, e, m) => ({ id: e.id, customerId: e.customerId, price: e.price, status: 'open', updatedAt: m.occurredAt })`,
    `(row, e, m) => row && { ...row, updatedAt: m.occurredAt }`,
    `(row, e, m) => row && { ...row, updatedAt: m.occurredAt }`,
    `row => row`,
    `row => row && { ...row, status: 'closed' }`,
    `() => undefined`,
  ][index]!

function serviceFile(model: Model, service: string, index: number): string {
  const domains = domainsOf(model, index)
  const handlers = model.handlers.filter((each) => each.service === index)
  const used = [...new Set([...domains, ...handlers.flatMap((each) => each.domains)])]
  const halves = [domains.slice(0, domains.length / 2), domains.slice(domains.length / 2)]
  return `import { channel, command, handle, isRejection, reject, service, subscription, t } from 'eventwright'
${used
  .map(
    ({ name, events, commands }) =>
      `import { ${[name, `${name}View`, ...events.map((each) => each.name), ...commands.map((each) => each.name)].join(', ')} } from './${name}.ts'`,
  )
  .join('\n')}

${halves.map((half, side) => channelText(service, side, half)).join('\n')}
${handlers.map(handlerText).join('\n')}

export const ${service} = service('${service}', {
  parts: [${[
    ...domains.flatMap(({ name }) => [name, `${name}View`]),
    ...handlers.map(({ name }) => `arrange${name}`),
    `${service}Mail0`,
    `${service}Mail1`,
  ].join(', ')}],
  publishes: [${service}Channel0, ${service}Channel1], owner: 'team-${service}',
})
`
}

function channelText(service: string, side: number, domains: readonly Domain[]): string {
  const events = domains.flatMap((each) => each.events)
  return `export const ${service}Channel${side} = channel('${service}-${side}', { carries: [${events.map((each) => each.name).join(', ')}], key: 'id', retention: '7d' })
export const ${service}Mail${side} = subscription('${service}-mail-${side}', { from: ${service}Channel${side}, key: e => e.id, retry: { maxAttempts: 5, initial: '1s' } }).on({
  ${events[0]!.name}: async (e, { key, tx, meta }) => { tx.run('insert into mail values (?, ?, ?)', [key, e.customerId, meta.occurredAt]) },
})`
}

function handlerText({ name, domains: [first, second], replies }: HandlerModel): string {
  const answer = replies ? `return { left: b.state.count }` : ''
  return `export const ${name} = command('${name}', { id: t.string(), otherId: t.string(), quantity: t.int() })${replies ? '.replies({ left: t.int() })' : ''}.refuses('not_open')
export const arrange${name} = handle(${name}, async (c, { load }) => {
  const a = await load(${first.name}, c.id)
  const b = await load(${second.name}, c.otherId)
  if (a.state.status !== 'open') return reject('not_open')
  const opened = b.execute(${second.commands[1]!.name}(${literal(second.commands[1]!.fields)}))
  if (isRejection(opened)) return reject('not_open')
  a.append(${first.events[4]!.name}(${literal(first.events[4]!.fields)}))
  ${answer}
})`
}

/** Data of a message inside a handler of `c`. */
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
  return `import { system } from 'eventwright'
${services.map((each) => `import { ${each} } from './${each}.ts'`).join('\n')}

export default system('big', { services: [${services.join(', ')}] })
`
}
