import { failure } from './errors.ts'

const category = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/
const control = /[\u0000-\u001f\u007f-\u009f]/
const encoder = new TextEncoder()

/** The stream `<category>/<id>`. Error: EW_STREAM_NAME when either part breaks the rules. */
export function streamName(categoryName: string, id: string): string {
  if (!category.test(categoryName)) {
    throw failure(
      'EW_STREAM_NAME',
      `"${shown(categoryName)}" is not a category name: a letter, then up to 99 letters, digits, _ . or -.`,
    )
  }
  if (typeof id !== 'string' || id.length === 0 || isLonger(id, 250)) {
    throw failure(
      'EW_STREAM_NAME',
      `The id of a stream of ${categoryName} must have 1 to 250 bytes; got ${typeof id === 'string' ? `${id.length} characters` : typeof id}.`,
    )
  }
  if (control.test(id) || !id.isWellFormed()) {
    throw failure(
      'EW_STREAM_NAME',
      `The id "${shown(id)}" of a stream of ${categoryName} holds a control character or a lone surrogate.`,
    )
  }
  return `${categoryName}/${id}`
}

/** The category of a stream name. */
export function categoryOf(stream: string): string {
  return stream.slice(0, stream.indexOf('/'))
}

/** The id of a stream name. */
export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('/') + 1)
}

/** A UTF-16 unit takes at most three bytes, so most names need no counting. */
function isLonger(id: string, bytes: number): boolean {
  return id.length > bytes || (id.length * 3 > bytes && encoder.encode(id).length > bytes)
}

function shown(text: string): string {
  return JSON.stringify(text.toWellFormed().slice(0, 60)).slice(1, -1)
}
