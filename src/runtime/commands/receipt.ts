import { failure } from '../../base/errors.ts'

/** Where an appended event is, as far as a receipt tells. */
export interface ReceiptEvent {
  readonly stream: string
  readonly version: number
  readonly type: string
}

/** What a receipt holds. Callers treat receipts as opaque text. */
export interface ReceiptContent {
  readonly storeId: string
  readonly partition: 0 | 1
  /** Position of the last event of the unit; of the log's head when the unit had none. */
  readonly position: number
  readonly events: readonly ReceiptEvent[]
}

/** Proof of what a command has stored; pass it to a view as `after` to read your own write. */
export type Receipt = string & { readonly '~flavour'?: 'receipt' }

/** Writes a receipt. */
export function receiptOf(content: ReceiptContent): Receipt {
  const { storeId, partition, position, events } = content
  let known = ''
  for (const { stream, version, type } of events)
    known += `${known === '' ? '' : ','}[${JSON.stringify(stream)},${version},"${type}"]`
  return Buffer.from(`[1,"${storeId}",${partition},${position},[${known}]]`).toString('base64url')
}

/** Reads a receipt. Error: EW_RECEIPT_INVALID. */
export function readReceipt(receipt: Receipt): ReceiptContent {
  try {
    const [format, storeId, partition, position, events] = JSON.parse(
      Buffer.from(String(receipt), 'base64url').toString(),
    ) as unknown[]
    if (format !== 1 || typeof storeId !== 'string' || (partition !== 0 && partition !== 1))
      throw new Error('unknown format')
    if (!Number.isSafeInteger(position) || !Array.isArray(events)) throw new Error('unknown content')
    const read = (events as [string, number, string][]).map(([stream, version, type]) => ({ stream, version, type }))
    return { storeId, partition, position: position as number, events: read }
  } catch (cause) {
    throw failure('EW_RECEIPT_INVALID', `"${String(receipt).slice(0, 40)}" is not a receipt.`, { cause })
  }
}
