import type { BoxKind, LineKind } from './picture.ts'

/** A colour by day and one by night. */
export type Ink = readonly [light: string, dark: string]

/** The colours of what is no part and no line. */
export const paper: Readonly<Record<'sheet' | 'area' | 'ink' | 'quiet', Ink>> = {
  sheet: ['#fffefb', '#181b1f'],
  area: ['#f6f3ec', '#20252a'],
  ink: ['#23282b', '#e6e8e6'],
  quiet: ['#5c6265', '#a3abb0'],
}

/** The edge and the inside of a box. What events, commands, aggregates, views and sagas have on every board. */
export interface BoxInk {
  readonly edge: Ink
  readonly fill: Ink
}

const event: BoxInk = { edge: ['#b8650a', '#e09a45'], fill: ['#fdeedb', '#3a2b19'] }
const command: BoxInk = { edge: ['#2b68ad', '#76aae6'], fill: ['#e7f0fa', '#1d2d40'] }
const aggregate: BoxInk = { edge: ['#93800a', '#cdb94e'], fill: ['#fbf6d6', '#35311b'] }
const view: BoxInk = { edge: ['#35803a', '#7dbf82'], fill: ['#e8f4e6', '#1f3322'] }
const saga: BoxInk = { edge: ['#7d4fa3', '#bd97dd'], fill: ['#f3eaf9', '#31243d'] }
const channel: BoxInk = { edge: ['#2a7a80', '#69b8bd'], fill: ['#e1f1f1', '#1b3134'] }
const plain: BoxInk = { edge: ['#8a8f8c', '#7d868b'], fill: ['#fffefb', '#262c31'] }
const way: BoxInk = { edge: ['#b0483e', '#de8479'], fill: ['#fbebe8', '#3a2422'] }

/** The colours of boxes. */
export const boxInks: Readonly<Record<BoxKind, BoxInk>> = {
  event,
  command,
  aggregate,
  handler: plain,
  projection: view,
  subscription: saga,
  saga,
  process: saga,
  channel,
  step: command,
  pivot: aggregate,
  wait: event,
  undo: way,
  failed: way,
  end: plain,
}

const grey: Ink = ['#a0a39b', '#666f75']

/** The colours of lines. */
export const lineInks: Readonly<Record<LineKind, Ink>> = {
  'handled by': grey,
  emits: grey,
  'published on': grey,
  feeds: ['#5f9a9e', '#4f8a8e'],
  sends: ['#9a76ba', '#9878b4'],
  'undoes with': ['#c07a72', '#b06e66'],
  then: ['#7b807c', '#8a9499'],
  'turns back': ['#c07a72', '#b06e66'],
  passes: ['#a0a39b', '#79838a'],
}

/** Lines of what happens only when something goes wrong, and of what need not happen. */
export const dashedLines: readonly LineKind[] = ['undoes with', 'turns back', 'passes']
