/** Fields of a message to the page: what is absent has not changed. Nothing in them names a customer. */
export type Piece = Readonly<Record<string, unknown>>

/** What fills some fields of the messages to the page. No two parts fill the same field. */
export interface FeedPart {
  /** What has happened since the last call. Called four times a second, whether somebody looks or not. */
  news?(): Piece
  /** For a page that has just come: what `news` has told so far, as far as a page shows it. */
  told?(): Piece
  /** How things stand. Called once a second while somebody looks, and for every page that comes. */
  look?(): Promise<Piece>
}
