export type { BrokerAdapter } from './broker-adapter.ts'
export type {
  Broker,
  BrokerCapabilities,
  ChannelMessage,
  ChannelSpec,
  DeadLetterFacts,
  Member,
  OutgoingMessage,
  PartitionBounds,
  PublishOutcome,
  QueueSpec,
  TrimLimits,
  Waiting,
} from './broker.ts'
export type { CorrelationPage, CorrelationTable, Indexed } from './correlations.ts'
export type { EventLog, EventPlace, LogPage, StreamPage } from './event-log.ts'
export type { InboxEntry, InboxTable } from './inbox.ts'
export type { OutboxMessage, OutboxRow, OutboxTable } from './outbox.ts'
export type { BucketCounts, Held, NotedMove, OwnershipRow, OwnershipTable } from './ownership.ts'
export type {
  DeadLetter,
  MessageFacts,
  ParkedAction,
  ParkedAttempt,
  ParkedCopy,
  ParkedDelivery,
  ParkedErasure,
  ParkedKey,
  ParkedOrder,
  ParkedPage,
  ParkedSummary,
  ParkedTable,
} from './parked.ts'
export { messageWith, ReceivedMessage, type ReceivedParts } from './received-message.ts'
export type { RegistryAdapter } from './registry.ts'
export type {
  MailSweep,
  MailSwept,
  SagaMail,
  SagaMailKey,
  SagaMailRow,
  SagaPage,
  SagaPart,
  SagaRow,
  SagaTable,
} from './sagas.ts'
export type { SnapshotTable } from './snapshots.ts'
export type { Store, StoreAdapter } from './store.ts'
export type { NewEvent, Partition, StoredEvent } from './stored-event.ts'
export type { Span, SpanAttributes, SpanStart, Telemetry, TraceContext } from './telemetry.ts'
export type { StreamInfo, StreamMark, StreamStatus, StreamTable } from './streams.ts'
export type { Timer, TimerPage, TimerTable, TimerWrite } from './timers.ts'
export type {
  Append,
  Appended,
  Committed,
  Expected,
  InboxRow,
  Loss,
  Outcome,
  Placed,
  ParkWrite,
  PositionMove,
  SnapshotWrite,
  Statement,
  Unit,
} from './unit-of-work.ts'
export type {
  ApartRows,
  ApartWrite,
  Column,
  ColumnKind,
  ColumnTest,
  ColumnValue,
  Row,
  RowQuery,
  RowWrite,
  StoredRow,
  TableSpec,
  ViewBuild,
  ViewRegistry,
  ViewTables,
} from './views.ts'
export type { ViewDatabase, ViewsAdapter } from './views-apart.ts'
export type { ClientQuery, ClientResult, StoreWithin, TransactionClient } from './within.ts'
