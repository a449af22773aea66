import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PartyConnection } from './connection.ts'
import { deleteParty } from './delete-party.ts'
import { mailGateway, type MailGateway } from './mail-gateway.ts'
import { partyFile, type PartyKind } from './party-file.ts'
import { paymentProvider, type PaymentProvider } from './payment-provider.ts'

/** A party of each kind, as the shop sees it. */
export interface Parties {
  readonly provider: PaymentProvider
  readonly mail: MailGateway
}

/** A way to a party. Leaving it lets the party live on for others; that of a shop in memory is ended and forgotten. */
export type Open<Party> = Party & { close(): Promise<void> }

/** A way that is not looked after yet: the party is found or started when somebody asks it something. */
export type Way<Party> = Party & {
  /** Finds the party or starts it, and starts it again whenever it dies. */
  open(): Promise<void>
  close(): Promise<void>
}

/** How a party is started. */
export interface PartyOptions {
  /** It ends when nobody has asked it for so long; an open shop asks every second. Default 30,000. */
  readonly idleMs?: number
}

/**
 * The way to the outside party of a store. For `:memory:` it gets a fresh temporary folder and is nobody else's. Its
 * methods throw `OutsideError`.
 */
export function wayTo<Kind extends PartyKind>(
  kind: Kind,
  store: string,
  { idleMs = 30_000 }: PartyOptions = {},
): Way<Parties[Kind]> {
  const isTemporary = store === ':memory:'
  const file = partyFile(kind, isTemporary ? join(mkdtempSync(join(tmpdir(), 'eventwright-outside-')), 'shop') : store)
  const connection = new PartyConnection({ kind, file, idleMs })
  const close = async (): Promise<void> => {
    connection.close()
    if (!isTemporary) return
    await deleteParty(file)
    rmSync(dirname(file), { recursive: true, force: true })
  }
  return { ...clients[kind](connection), open: () => connection.open(), close }
}

/** The way to a party that is found or started at once. Error: `OutsideError`. */
export async function openParty<Kind extends PartyKind>(
  kind: Kind,
  store: string,
  options: PartyOptions = {},
): Promise<Open<Parties[Kind]>> {
  const way = wayTo(kind, store, options)
  await way.open()
  return way
}

const clients: { readonly [Kind in PartyKind]: (connection: PartyConnection) => Parties[Kind] } = {
  provider: paymentProvider,
  mail: mailGateway,
}
