import './base/node-version.ts'
import { memory } from './adapters/memory/store.ts'
import type { Start } from './runtime/running.ts'
import { starter } from './runtime/start.ts'

export { decimal } from './base/decimal.ts'
export type { Decimal, DecimalArithmetic, DecimalOperand, Rounding } from './base/decimal.ts'
export { errorTable } from './base/error-table.ts'
export type { ErrorEntry } from './base/error-table.ts'
export { EventwrightError, isEventwrightError } from './base/errors.ts'
export type { ErrorCode } from './base/errors.ts'
export type { Duration } from './base/duration.ts'
export type { Json } from './base/json.ts'
export type { Flavour } from './base/text.ts'
export type { DateText, Timestamp } from './base/timestamp.ts'

export { t } from './schema/t.ts'
export type { FieldTypes } from './schema/t.ts'
export type {
  ArrayField,
  BytesField,
  Coded,
  Data,
  DecimalField,
  Field,
  Fields,
  In,
  InOf,
  LongField,
  MapField,
  NumberField,
  Out,
  OutOf,
  RecordField,
  Schema,
  Shape,
  TextField,
} from './schema/field.ts'
export type { Issue } from './schema/issue.ts'

export { aggregate } from './design/aggregate.ts'
export type {
  AggregateDef,
  AnyAggregate,
  NeedsDecide,
  NeedsEvolve,
  SnapshotPolicy,
  StateShape,
} from './design/aggregate.ts'
export { bind } from './design/bind.ts'
export type { MethodsOf } from './design/bind.ts'
export { channel } from './design/channel.ts'
export type { AnyChannel, ChannelDef, KafkaOptions, MessageFormat, RabbitmqOptions } from './design/channel.ts'
export type { Column, ColumnKind } from './design/columns.ts'
export { command } from './design/command.ts'
export type { CommandDef, CommandTerms } from './design/command.ts'
export type { DerivedChannel, DerivedChannelKind } from './design/composition/derived-channels.ts'
export type { EventFeed, ReaderFeeds, ReaderKind } from './design/composition/feeds.ts'
export type { Finding } from './design/composition/finding.ts'
export { isRejection, reject, reply } from './design/decision.ts'
export type { Decision, Rejection, Replied } from './design/decision.ts'
export type { AnyCommand, AnyEvent, AnyMessage, EventVersion, ReplyCodec } from './design/definition.ts'
export type { CommandEffects, Effects, EventEffects, Recording, Retry, Scheduling, Tx, When } from './design/effects.ts'
export { event } from './design/event.ts'
export type { DataOf, EventDef, EventOptions, Exact, NextVersion, NoSuchField } from './design/event.ts'
export type { CommandEntry, EventEntry, Graph, Owned } from './design/graph.ts'
export { handle } from './design/handle.ts'
export type { AnyHandler, HandleContext, HandlerDef, Loaded } from './design/handle.ts'
export { isMessage } from './design/message.ts'
export type { CommandMessage, EventMessage } from './design/message.ts'
export type { CommandMeta, Meta, RowMeta } from './design/meta.ts'
export type { Objectives } from './design/objectives.ts'
export type { Part, Unfinished, ViewDecl } from './design/part.ts'
export { process } from './design/sagas/process.ts'
export type { AnyProcess, ProcessDef, ProcessReaction, Reaction } from './design/sagas/process.ts'
export { projection } from './design/projection.ts'
export type { AnyProjection, NeedsOn, ProjectionDef, ProjectionMode, RowSpec } from './design/projection.ts'
export { saga } from './design/sagas/saga.ts'
export type {
  ActiveStep,
  AnySaga,
  CallStep,
  DoStep,
  LocalStep,
  RetryPlan,
  SagaDef,
  SagaPhase,
  SagaStep,
  UndoPlan,
  WaitStep,
} from './design/sagas/definition.ts'
export type { StepRetry, Timing } from './design/sagas/options.ts'
export type { AfterPivot, BeforePivot } from './design/sagas/phases.ts'
export type { FailureCause, Scope, Settled, StepMeta, UndoScope, UnknownReason } from './design/sagas/scope.ts'
export { service } from './design/service.ts'
export type { AnyPart, AnyService, ServiceDef } from './design/service.ts'
export { subscription } from './design/subscription.ts'
export type { AnySubscription, NeedsReactions, SubscriptionDef } from './design/subscription.ts'
export { system } from './design/system.ts'
export type { AnySystem, SystemDef } from './design/system.ts'

export { silentLog, jsonLog, pinoLog } from './base/log.ts'
export type { FieldsFirst, Log } from './base/log.ts'
export { systemClock } from './base/clock.ts'
export type { Clock } from './base/clock.ts'

export { memory }
export type { BrokerAdapter } from './ports/broker-adapter.ts'
export type { RegistryAdapter } from './ports/registry.ts'
export type { ViewsAdapter } from './ports/views-apart.ts'
export type { StoreAdapter } from './ports/store.ts'
export type { Span, SpanAttributes, SpanStart, Telemetry, TraceContext } from './ports/telemetry.ts'
export type { ClientQuery, ClientResult, TransactionClient } from './ports/within.ts'
export { isRefused, Refused } from './runtime/running.ts'
export type { Running, Start, StartOptions, Test, View, Where, WithTransaction } from './runtime/running.ts'
export type { AppendedEvent, Attempted, Executed } from './runtime/commands/outcome.ts'
export type { CommitLimits } from './runtime/commits/limits.ts'
export type { Keep, KeepFor } from './runtime/housekeeping/keep.ts'
export type { HousekeepingReport } from './runtime/housekeeping/round.ts'
export type { AppendOptions, AppendResult } from './runtime/commands/append.ts'
export type { Authorise, ExecuteOptions } from './runtime/commands/execute-options.ts'
export type { Envelope, EnvelopeJson } from './runtime/log/envelope.ts'
export type { Events } from './runtime/log/events.ts'
export type { OperatorAction } from './runtime/audit/operator-actions.ts'
export type { NotedOrder, OperatorOrder, OperatorOrders, OrderEnd } from './runtime/audit/operator-orders.ts'
export type { Inspect, ViewReport } from './runtime/inspect.ts'
export type { Caused } from './runtime/log/causation.ts'
export type { Correlated } from './runtime/log/correlated.ts'
export type { EventReports } from './runtime/log/event-reports.ts'
export type { ChannelReport } from './runtime/messages/channel-report.ts'
export type { ConsumerReport } from './runtime/lag/consumer-report.ts'
export type { LagStatus } from './runtime/lag/evaluation.ts'
export type { ObjectiveReport } from './runtime/lag/objectives.ts'
export type { SagaCount, SagaMoment, SagaReport, SagaStory } from './runtime/saga-runner/report.ts'
export type { SagaStepReport } from './runtime/saga-runner/step-report.ts'
export type { DeadLetterChoice, DeadLetterOrders, ReplayedMany, ReplayOptions } from './runtime/parking/dead-letters.ts'
export type {
  DeadLetterAction,
  DeadLetterCount,
  DeadLetterReport,
  DeadLetterReports,
  DeadLetterStory,
  FailureMoment,
} from './runtime/parking/dead-letter-report.ts'
export type { PlannedChoice, PlannedReplay, ReplayPlan } from './runtime/parking/replay-plan.ts'
export type { ConsumerOrders, ForgetOrder, ForgottenConsumer } from './runtime/forgetting/forget-consumer.ts'
export type { StoredConsumer } from './runtime/forgetting/stored-consumers.ts'
export type { Operate, ViewOrders } from './runtime/operate.ts'
export type { OperateSagas, SagaOrder, SagaOrderAnswer } from './runtime/saga-runner/operate-sagas.ts'
export type { Receipt } from './runtime/commands/receipt.ts'
export type { Found } from './runtime/search.ts'
export type { StreamStatus } from './ports/streams.ts'
export type { StreamAction } from './runtime/streams/actions.ts'
export type { Erased } from './runtime/streams/erasure.ts'
export type { DeleteOrder, OrderedStream, StreamOrder, StreamOrders } from './runtime/streams/orders.ts'
export type { StreamReport } from './runtime/streams/report.ts'
export type { StatesPage, StreamState, StreamStates } from './runtime/streams/states.ts'
export type { RowReport, RowReportPage, RowReports } from './runtime/views/row-reports.ts'
export type { TimerReport } from './runtime/timers/report.ts'
export type { Scheduled, ScheduleOptions } from './runtime/timers/requests.ts'
export type { VerifyFinding, VerifyStep } from './runtime/log/verify.ts'
export type { RowDifference } from './runtime/views/checked-key.ts'
export type { BuildProgress } from './runtime/views/keeper.ts'
export type { RebuiltKey } from './runtime/views/rebuild-key.ts'
export type { FieldDifference } from './runtime/views/row-difference.ts'
export type { VerifyViewsOptions, VerifyViewsStep } from './runtime/views/verify.ts'
export type { ViewFinding, ViewVerdict } from './runtime/views/view-check.ts'
export type { Read, RowChange, Viewed } from './runtime/views/views.ts'

/** Starts a system in this process; see `Start`. */
export const start: Start = starter(memory)
