/** Error codes about messages: brokers, channels, schemas, dead letters. In alphabetical order. */
export const messageErrors = {
  EW_BROKER_DENIED: {
    retryable: false,
    meaning: 'The broker and this program do not accept each other: a login, a certificate, or a right that is missing.',
    remedy: 'Correct user, password, token, certificate or `tls` in the options of the broker, or have the right given.',
  },
  EW_BROKER_FAILED: {
    retryable: true,
    meaning: 'The broker could not be reached or refused an operation.',
    remedy: 'Retry with the same message ids; the cause holds what the broker said.',
  },
  EW_CHANNEL_CHANGED: {
    retryable: false,
    meaning: 'A channel exists with another number of partitions than the design declares.',
    remedy:
      'Declare the number that it has; another one would move keys to other partitions, so it needs a new channel.',
  },
  EW_CHANNEL_UNKNOWN: {
    retryable: false,
    meaning: 'The broker has no such channel, or the channel no such partition.',
    remedy: 'Start the service that declares the channel first, or correct the name.',
  },
  EW_KEY_PARKED: {
    retryable: false,
    meaning: 'The key of a row is parked, so its events wait and the row cannot be made anew.',
    remedy: 'Replay its dead letter, which brings the row up to date, or discard it.',
  },
  EW_MESSAGE: {
    retryable: false,
    meaning: 'A value is not a message that its constructor made.',
    remedy: 'Build messages with their constructors, for example OrderCreated({ … }).',
  },
  EW_MESSAGES_GONE: {
    retryable: false,
    meaning: 'A channel has deleted messages that a reader had not read.',
    remedy: 'Find out what they said where they came from; discard the dead letter, which no replay can mend.',
  },
  EW_MESSAGE_REFUSED: {
    retryable: false,
    meaning: 'The broker refuses a message for good.',
    remedy: 'Its key is parked; mend what the message says, or raise the limit of the channel, and replay the key.',
  },
  EW_MESSAGE_UNREADABLE: {
    retryable: false,
    meaning: 'A message of a channel is not what a sender of Eventwright writes.',
    remedy: 'Find out who has written it; its key is parked with the message as it came.',
  },
  EW_MESSAGE_UNWRITABLE: {
    retryable: false,
    meaning: 'A message has no form in the format of its channel.',
    remedy: 'Compare the declaration of the message with the published schema; `eventwright schemas check` tells.',
  },
  EW_NOT_EDITABLE: {
    retryable: false,
    meaning: 'A dead letter cannot be edited.',
    remedy: 'Mend the handler, or add a schema version with an upcaster, and replay it; or discard it with a reason.',
  },
  EW_PARKED: {
    retryable: false,
    meaning: 'The key is not parked.',
    remedy: 'List the dead letters and use the key of one of them.',
  },
  EW_REGISTRY_FAILED: {
    retryable: true,
    meaning: 'The schema registry could not be reached or refused a request.',
    remedy: 'Retry; the message says what was asked, the cause what the registry said.',
  },
  EW_REPLAYING: {
    retryable: true,
    meaning: 'A dead letter is being replayed or marked for it, so nobody else may touch it.',
    remedy: 'Wait until its consumer, which has to run for that, has come to an end with it.',
  },
  EW_REPLAY_MISSING: {
    retryable: false,
    meaning: 'A reader asks for a channel from its beginning, and the broker keeps no message of it that was read.',
    remedy: "Declare the channel with `rabbitmq: { queue: 'stream' }`, or let the reader start at 'now'.",
  },
  EW_REPLAY_VAIN: {
    retryable: false,
    meaning: 'A dead letter was replayed in vain several times, and nothing that could mend it has changed since.',
    remedy: 'Mend the handler or edit the message first; discard it; or replay it with force.',
  },
  EW_SCHEMA_FORM: {
    retryable: false,
    meaning: 'A declared field has no form in a format of the wire.',
    remedy: 'Declare it otherwise, or carry the message in another format; docs/schemas.md says what each one holds.',
  },
  EW_SCHEMA_REFUSED: {
    retryable: false,
    meaning: 'The schema registry does not take a schema.',
    remedy: 'Run `eventwright schemas check`, which names the field and the rule; or change the mode of the subject.',
  },
  EW_SCHEMA_TEXT: {
    retryable: false,
    meaning: 'The text of a published schema is not valid in its format.',
    remedy: 'Correct it where it comes from: the registry, or the file that it was read from.',
  },
  EW_SCHEMA_UNPUBLISHED: {
    retryable: false,
    meaning: 'The schema of a message that is written is not in the registry.',
    remedy: 'Run `eventwright schemas push` before the release that writes it.',
  },
} as const
