export type {
  Broker,
  BrokerAdapter,
  BrokerCapabilities,
  ChannelMessage,
  ChannelSpec,
  Member,
  OutgoingMessage,
  PartitionBounds,
  PublishOutcome,
  TrimLimits,
} from './broker.ts'
export type { EventLog, EventPlace, LogPage, StreamInfo, StreamPage } from './event-log.ts'
export type { InboxEntry, InboxTable } from './inbox.ts'
export type { OutboxMessage, OutboxRow, OutboxTable } from './outbox.ts'
export type { Held, OwnershipRow, OwnershipTable } from './ownership.ts'
export type {
  DeadLetter,
  MessageFacts,
  ParkedAction,
  ParkedAttempt,
  ParkedDelivery,
  ParkedKey,
  ParkedOrder,
  ParkedPage,
  ParkedTable,
} from './parked.ts'
export type {
  MailSweep,
  MailSwept,
  SagaMail,
  SagaMailKey,
  SagaMailRow,
  SagaPage,
  SagaRow,
  SagaTable,
} from './sagas.ts'
export type { SnapshotTable } from './snapshots.ts'
export type { Store, StoreAdapter } from './store.ts'
export type { NewEvent, Partition, StoredEvent } from './stored-event.ts'
export type { Timer, TimerPage, TimerTable, TimerWrite } from './timers.ts'
export type {
  Append,
  Appended,
  Committed,
  Expected,
  InboxRow,
  Loss,
  Outcome,
  ParkWrite,
  PositionMove,
  SnapshotWrite,
  Statement,
  Unit,
} from './unit-of-work.ts'
export type {
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
