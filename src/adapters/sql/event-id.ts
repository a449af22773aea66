const textLength = 36
const dash = 0x2d

/** Whether a text is a UUID in lower case: another one would not come back as it was. It runs for every event. */
export function isEventId(id: string): boolean {
  if (id.length !== textLength) return false
  for (let index = 0; index < textLength; index++) {
    const code = id.charCodeAt(index)
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== dash) return false
    } else if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}
