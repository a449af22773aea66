import { accepted, type AskOptions, type PartyConnection } from './connection.ts'

/** The mail gateway. */
export interface MailGateway {
  /** Sends a message; a key that is known already is counted as a repeat, and nothing is sent. */
  send(message: Message, options?: AskOptions): Promise<{ readonly isRepeat: boolean }>
  /** How many messages were accepted, and how often one of them came again. */
  counts(options?: AskOptions): Promise<{ readonly accepted: number; readonly repeats: number }>
}

/** A message to a customer. */
export interface Message {
  readonly key: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Asks the mail gateway at the other end of a connection. */
export function mailGateway(connection: PartyConnection): MailGateway {
  return {
    send: async (message, options) => accepted(await connection.ask('POST', '/messages', message, options)),
    counts: async (options) => accepted(await connection.ask('GET', '/counts', undefined, options)),
  }
}
