import { failure } from '../base/errors.ts'
import type { AggregateDef, AnyAggregate } from '../design/aggregate.ts'
import type { CommandMessage, EventMessage } from '../design/message.ts'
import type { AnyProjection, ProjectionDef } from '../design/projection.ts'
import { decideAfter, type AfterGiven } from './aggregate-spec.ts'
import { aggregateReader, projectionReader, type Met } from './evolution/reader.ts'
import { provenReader, type EvolutionOptions, type ProvenEvolution } from './evolution/proven-evolution.ts'
import { projectionGiven, type ProjectionGiven } from './projection-spec.ts'
import { throughStore } from './stored-form.ts'

/** Proof that events of older schema versions are read. */
export interface FromEveryVersion {
  /**
   * Draws stored data of every older schema version of every event, brings it through the upcasters to today's version
   * and offers it at the beginning, after each of the given events and at places that can be reached from there.
   * Everything must be accepted; otherwise an `AssertionError` lists what was not.
   */
  fromEveryVersion(options?: EvolutionOptions): ProvenEvolution
}

/** A test of an aggregate with its history. */
export interface AggregateGiven<S, E extends string, C extends string> extends AfterGiven<S, E, C>, FromEveryVersion {}

/** A test of an aggregate; without `given` its stream is empty. */
export interface AggregateSpec<S, E extends string, C extends string> extends AggregateGiven<S, E, C> {
  /** What has happened, oldest first. Messages of older definitions go through the upcasters. */
  given(...past: readonly EventMessage<E>[]): AggregateGiven<S, E, C>
}

/** A test of a projection; without `given` the view is empty. */
export interface ProjectionSpec<Row> extends ProjectionGiven<Row>, FromEveryVersion {}

/**
 * Describes what an aggregate or a projection does, without a store and without time. Everything is checked as the
 * runtime would check it: events go through their stored form and the upcasters, results through their schemas.
 *
 * `spec(Order).given(OrderCreated({ … })).when(ConfirmOrder({ … })).expect(OrderConfirmed({ … }))`
 *
 * `spec(Orders).given(OrderCreated({ … })).expectRow('1', { … })`
 *
 * It is called `expect` and not `then`, because an object with `then` is taken for a promise.
 */
export function spec<S, E extends string, C extends string>(
  aggregate: AggregateDef<string, S, E, C>,
): AggregateSpec<S, E, C>
export function spec<Row>(projection: ProjectionDef<string, Row, any>): ProjectionSpec<Row>
export function spec(subject: AnyAggregate | AnyProjection): AggregateSpec<any, any, any> | ProjectionSpec<any> {
  switch (subject?.kind) {
    case 'aggregate':
      return { ...aggregateGiven(subject, []), given: (...past: EventMessage[]) => aggregateGiven(subject, past) }
    case 'projection':
      return {
        ...projectionGiven(subject),
        fromEveryVersion: (options = {}) => provenReader(projectionReader(subject), [], options, spec),
      }
    default:
      throw failure(
        'EW_DESIGN',
        'spec was given something that is neither a finished aggregate nor a finished projection.',
      )
  }
}

function aggregateGiven(aggregate: AnyAggregate, past: readonly EventMessage[]): AggregateGiven<any, any, any> {
  return {
    when: (command: CommandMessage) =>
      decideAfter(aggregate, past, command) as ReturnType<AfterGiven<any, any, any>['when']>,
    fromEveryVersion(options = {}) {
      const history: readonly Met[] = throughStore(aggregate.name, aggregate.events, past)
      const starts = history.map((_, index) => history.slice(0, index + 1))
      return provenReader(aggregateReader(aggregate), starts, options, spec)
    },
  }
}
