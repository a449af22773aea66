/** The content that both generated projects declare, in words that neither side's types know. */
export interface Model {
  readonly domains: readonly Domain[]
  readonly handlers: readonly HandlerModel[]
  readonly services: readonly string[]
}

/** One aggregate with its messages and its view. */
export interface Domain {
  readonly name: string
  /** Index of the service that owns it. */
  readonly service: number
  readonly events: readonly EventModel[]
  readonly commands: readonly CommandModel[]
}

export interface EventModel {
  readonly name: string
  readonly fields: readonly FieldModel[]
  /** The second version; its upcaster is derived from the difference. */
  readonly next?: readonly FieldModel[]
}

export interface CommandModel {
  readonly name: string
  readonly fields: readonly FieldModel[]
  readonly refuses: readonly string[]
  readonly replies: boolean
  /** The event that its decision emits. */
  readonly emits: EventModel
}

export interface HandlerModel {
  readonly name: string
  readonly service: number
  /** The two domains that it loads. */
  readonly domains: readonly [Domain, Domain]
  readonly replies: boolean
}

export interface FieldModel {
  readonly name: string
  readonly kind: FieldKind
}

export type FieldKind = 'text' | 'number' | 'amount' | 'status' | 'items' | 'money' | 'moment' | 'flag' | 'note'

const field = (name: string, kind: FieldKind): FieldModel => ({ name, kind })
const spare: readonly FieldModel[] = [
  field('quantity', 'number'),
  field('reason', 'text'),
  field('amount', 'amount'),
  field('at', 'moment'),
  field('urgent', 'flag'),
  field('remark', 'note'),
  field('status', 'status'),
]

/** 100 aggregates, 600 events of which 200 have an upcaster, 600 commands, 60 handlers, 10 services. */
export function model(aggregates = 100): Model {
  const services = Array.from({ length: 10 }, (_, index) => `service${index}`)
  const domains = Array.from({ length: aggregates }, (_, index) => domain(`Thing${index}`, index))
  const handlers = Array.from({ length: Math.ceil(aggregates * 0.6) }, (_, index): HandlerModel => {
    const first = domains[index]!
    const second = domains[(index + services.length) % aggregates]!
    return { name: `Arrange${index}`, service: first.service, domains: [first, second], replies: index % 2 === 0 }
  })
  return { domains, handlers, services }
}

function domain(name: string, index: number): Domain {
  const id = field('id', 'text')
  const customer = field('customerId', 'text')
  const items = field('items', 'items')
  const pick = (from: number, count: number): FieldModel[] =>
    Array.from({ length: count }, (_, step) => spare[(index + from + step) % spare.length]!)
  const events: EventModel[] = [
    {
      name: `${name}Created`,
      fields: [id, customer, items, field('total', 'amount')],
      next: [id, customer, items, field('price', 'money')],
    },
    { name: `${name}Opened`, fields: [id, ...pick(0, 2)], next: [id, ...pick(0, 2), field('origin', 'text')] },
    ...['Changed', 'Extended', 'Closed', 'Archived'].map((verb, step): EventModel => ({
      name: name + verb,
      fields: [id, ...pick(step, 3)],
    })),
  ]
  const commands = events.map((emits, step): CommandModel => ({
    name: ['Create', 'Open', 'Change', 'Extend', 'Close', 'Archive'][step]! + name,
    fields: emits.next ?? emits.fields,
    emits,
    refuses: step === 1 ? [] : [`${name.toLowerCase()}_wrong`, 'too_late'].slice(0, 1 + (step % 2)),
    replies: step === 5,
  }))
  return { name, service: index % 10, events, commands }
}

/** The domains of a service. */
export function domainsOf({ domains }: Model, service: number): readonly Domain[] {
  return domains.filter((each) => each.service === service)
}
