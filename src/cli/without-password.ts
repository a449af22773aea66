/** The text without what may be the password of an address, for messages that repeat what was typed. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/:(?!\/\/)\S*@/g, ':…@')
}
