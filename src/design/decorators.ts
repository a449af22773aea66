import '../base/node-version.ts'
import { failure } from '../base/errors.ts'
import type { AggregateDef } from './aggregate.ts'
import { bind } from './bind.ts'
import type { AnyChannel } from './channel.ts'
import type { Decision, Replied } from './decision.ts'
import type { AnyCommand, AnyEvent, AnyMessage } from './definition.ts'
import type { EventEffects } from './effects.ts'
import type { EventMessage } from './message.ts'
import type { Meta } from './meta.ts'
import { subscription, type SubscriptionDef } from './subscription.ts'
import { definitionList, frozenList } from './tables.ts'

/** What the compiler says about a method that can be called by name: not private (`#`), not static, not a symbol. */
export type MethodContext<This> = ClassMethodDecoratorContext<This> & {
  readonly name: string
  readonly private: false
  readonly static: false
}

/** The decorator of a method that takes an event: its data, then `Meta` (aggregate) or `EventEffects` (subscription). */
export type EventDecorator<E extends AnyEvent> = <This>(
  method:
    | ((this: This, data: E['~data'], meta: Meta) => unknown)
    | ((this: This, data: E['~data'], effects: EventEffects) => unknown),
  context: MethodContext<This>,
) => void

/** The decorator of a method that decides about a command. */
export type CommandDecorator<C extends AnyCommand> = <This>(
  method: (this: This, data: C['~data']) => Decision<string, C['~refusals'], C['~reply']>,
  context: MethodContext<This>,
) => void

/**
 * Marks the method that takes an event, for `aggregateOf` and `subscriptionOf`. A TC39 standard decorator, without
 * reflection: it checks the type of the parameter and cannot supply it, so write `DataOf<typeof OrderCreated>`.
 * Needs a compile step (TypeScript, esbuild), since Node knows no decorators; without one use `bind`. An override in a
 * derived class takes the place of the method that it overrides, decorated again or not.
 * Error: EW_DESIGN for anything but a method of the instance with a public name.
 *
 * ```ts
 * class OrderState {
 *   status: 'none' | 'pending' = 'none'
 *
 *   @EventHandler(OrderCreated)
 *   created(_event: DataOf<typeof OrderCreated>): void {
 *     this.status = 'pending'
 *   }
 *
 *   @CommandHandler(CreateOrder)
 *   create(command: DataOf<typeof CreateOrder>) {
 *     return this.status === 'none' ? OrderCreated(command) : reject('order_exists')
 *   }
 * }
 * const Order = aggregateOf(OrderState, { name: 'Order', events: [OrderCreated], commands: [CreateOrder], id })
 * ```
 */
export function EventHandler<E extends AnyEvent>(event: E): EventDecorator<E> {
  definitionList('event', [event], 'arguments of @EventHandler')
  return (_method, context) => mark('@EventHandler', event, context)
}

/** Marks the method that decides about a command, for `aggregateOf`; see `EventHandler`. */
export function CommandHandler<C extends AnyCommand>(command: C): CommandDecorator<C> {
  definitionList('command', [command], 'arguments of @CommandHandler')
  return (_method, context) => mark('@CommandHandler', command, context)
}

/**
 * Class style with decorators: what `bind` declares, with the names taken from the decorated methods. The class is made
 * once at the declaration, to hear of them, and then for every decision; its constructor must do nothing else.
 *
 * The compiler sees which methods there are, not which are decorated. So a message without a method, one with two, and
 * a method for a message that the aggregate does not have are EW_DESIGN errors of the declaration.
 */
export function aggregateOf<
  T extends object,
  const N extends string,
  const Es extends readonly AnyEvent[],
  const Cs extends readonly AnyCommand[],
>(
  cls: (new () => T) & Fitting<NotInAggregate<T, Es[number]['type']>>,
  head: {
    readonly name: N
    readonly events: Es
    readonly commands: Cs
    readonly id: (command: Cs[number]['~data']) => string
  },
): AggregateDef<N, T, Es[number]['type'], Cs[number]['type']> {
  const where = `aggregate ${head.name}`
  const events = definitionList<AnyEvent>('event', head.events, `events of ${where}`)
  const commands = definitionList<AnyCommand>('command', head.commands, `commands of ${where}`)
  const { methods } = firstOf<T>(() => new cls(), [...events, ...commands], where)
  const missing = [...events, ...commands].filter(({ type }) => !methods.has(type))
  if (missing.length > 0) {
    throw failure('EW_DESIGN', `No method of ${where} is decorated for ${missing.map(({ type }) => type).join(', ')}.`)
  }
  const named = (of: readonly AnyMessage[]): any => Object.fromEntries(of.map(({ type }) => [type, methods.get(type)]))
  return bind<T, N, Es, Cs>(cls, { ...head, on: named(events), handles: named(commands) })
}

/**
 * A subscription whose handlers are the decorated methods of an object; `head` is that of `subscription`. `make` is
 * called once, at the declaration, and its object serves all events, up to `concurrency` at a time.
 * Errors: EW_DESIGN, as for `aggregateOf`; events without a method are passed over.
 */
export function subscriptionOf<
  T extends object,
  const N extends string,
  const S extends AnyChannel | readonly AnyEvent[],
>(
  make: (() => T) & Fitting<NotInSubscription<T>>,
  name: N,
  head: Parameters<typeof subscription<N, S>>[1],
): SubscriptionDef<N> {
  const where = `subscription ${name}`
  const { from } = head as { from: AnyChannel | readonly AnyEvent[] }
  const known = 'carries' in from ? from.carries : definitionList<AnyEvent>('event', from, `from of ${where}`)
  const { first, methods } = firstOf<T>(make, frozenList<AnyMessage>(known), where)
  if (methods.size === 0) {
    throw failure('EW_DESIGN', `No method of ${where} is decorated, or its object was made before the declaration.`)
  }
  const self = first as { readonly [method: string]: (data: unknown, effects: EventEffects) => unknown }
  const calls = [...methods].map(([type, method]) => [
    type,
    (data: unknown, effects: EventEffects) => self[method]!(data, effects),
  ])
  return subscription<N, S>(name, head).on(Object.fromEntries(calls))
}

/** A decorated method of one object. */
interface Marked {
  readonly self: object
  readonly message: AnyMessage
  readonly method: string
}

// What the objects say that are made while a declaration listens; undefined at all other times.
let heard: Marked[] | undefined

// Initializers, not `context.metadata`: that one is undefined in what TypeScript emits unless `Symbol.metadata` exists,
// which Node lacks. A table by function would lose a method that another decorator wraps.
function mark(decorator: string, message: AnyMessage, context: ClassMethodDecoratorContext<any>): void {
  if (typeof context !== 'object' || context === null) {
    throw failure('EW_DESIGN', `${decorator} is a standard decorator: compile without experimentalDecorators.`)
  }
  const { kind, name, static: isStatic, private: isPrivate } = context
  if (kind !== 'method' || isStatic || isPrivate || typeof name !== 'string') {
    const what = `${isStatic ? 'static ' : ''}${isPrivate ? 'private ' : ''}${kind}`
    const expected = 'expected a public method of the instance with a name'
    throw failure('EW_DESIGN', `${decorator}(${message.type}) stands on the ${what} ${String(name)}: ${expected}.`)
  }
  context.addInitializer(function (this: object) {
    heard?.push({ self: this, message, method: name })
  })
}

function firstOf<T extends object>(
  make: () => T,
  known: readonly AnyMessage[],
  where: string,
): { readonly first: T; readonly methods: ReadonlyMap<string, string> } {
  const { first, marked } = listenTo(make, where)
  const methods = new Map<string, string>()
  for (const { message, method } of marked) {
    const { type } = message
    if (!known.includes(message)) {
      const other = known.some((one) => one.type === type) ? 'another definition of ' : ''
      throw failure('EW_DESIGN', `The method ${method} of ${where} is for ${other}${type}, which it does not declare.`)
    }
    const before = methods.get(type) ?? method
    if (before !== method) {
      throw failure('EW_DESIGN', `The methods ${before} and ${method} of ${where} are both for ${type}.`)
    }
    methods.set(type, method)
  }
  return { first, methods }
}

function listenTo<T extends object>(make: () => T, where: string): { first: T; marked: readonly Marked[] } {
  const outer = heard
  const inner: Marked[] = []
  heard = inner
  try {
    const first = make()
    // Objects that the constructor makes have decorated methods of their own.
    return { first, marked: inner.filter(({ self }) => self === first) }
  } catch (cause) {
    throw failure('EW_DESIGN', `The object of ${where} could not be made at its declaration.`, { cause })
  } finally {
    heard = outer
  }
}

/** Nothing where no method is named, or a member that no class has, whose name is the error. */
type Fitting<K> = [K] extends [never]
  ? unknown
  : { readonly [Name in K & string as `the method ${Name} does not fit`]: never }

/** Methods that answer later, answer an event that is not the aggregate's, or want effects. */
type NotInAggregate<T, N extends string> = {
  [K in keyof T]: T[K] extends (...args: any[]) => infer R
    ? [Stray<R, N>] extends [never]
      ? WantsOnly<SecondOf<T[K]>, EventEffects, Meta, K>
      : K
    : never
}[keyof T]

/** What of an answer no aggregate gives: a promise, and events other than N. */
type Stray<R, N extends string> = 0 extends 1 & R ? never : Extract<R, Promise<any>> | Exclude<EventsIn<R>, N>
type EventsIn<R> = R extends EventMessage<infer N> | Replied<any, infer N>
  ? N
  : R extends readonly (infer M)[]
    ? EventsIn<M>
    : never

/** Methods that want the meta data of an aggregate's event in place of effects. */
type NotInSubscription<T> = {
  [K in keyof T]: T[K] extends (...args: any[]) => unknown ? WantsOnly<SecondOf<T[K]>, Meta, EventEffects, K> : never
}[keyof T]

type WantsOnly<B, Other, Own, K> = Own extends B ? never : Other extends B ? K : never
type SecondOf<F> = F extends (first: any, second: infer B, ...rest: any[]) => unknown ? B : unknown
