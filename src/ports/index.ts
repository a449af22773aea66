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
  ParkedTable,
} from './parked.ts'
export type { MailSweep, MailSwept, SagaMail, SagaMailKey, SagaMailRow, SagaPage, SagaRow, SagaTable } from './sagas.ts'
export type { SnapshotTable } from './snapshots.ts'
export type { Store, StoreAdapter } from './store.ts'
export type { NewEvent, Partition, StoredEvent } from './stored-event.ts'
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
export type { ClientQuery, ClientResult, StoreWithin, TransactionClient } from './within.ts'
