/** What can be put into a service. `~commands` are the names of the commands that it handles. */
export interface Part {
  readonly kind: 'aggregate' | 'projection' | 'subscription' | 'handler' | 'saga' | 'process'
  readonly '~commands': string
  readonly '~view': ViewDecl
}

/** A view in types: its name, its row and the columns that it can be queried by. */
export interface ViewDecl<N extends string = string, Row = any, Ix extends string = string> {
  readonly name: N
  readonly '~row': Row
  readonly '~index': Ix
}

/** A chain that was not ended: its kind is an instruction, and that is the error when it is put into a service. */
export interface Unfinished<Hint extends string> {
  readonly kind: Hint
  readonly '~commands': never
  readonly '~view': never
}
