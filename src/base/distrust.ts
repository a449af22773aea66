const codes = new RegExp(
  '^(ERR_(SSL|TLS_CERT)_[\\w/]+|(UNABLE_TO|CERT|CRL|ERROR_IN)_\\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\\w*|' +
    'INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$',
)

/**
 * What Node.js calls the reason for which one side of a TLS connection did not accept the other, anywhere in an error;
 * undefined when it was about something else.
 */
export function distrustOf(error: unknown): string | undefined {
  const walk = (each: unknown, depth: number): string | undefined => {
    if (typeof each !== 'object' || each === null || depth > 8) return undefined
    const { code, errors, cause } = each as { code?: unknown; errors?: unknown; cause?: unknown }
    if (typeof code === 'string' && codes.test(code)) return code
    const inner: readonly unknown[] = [cause, ...(Array.isArray(errors) ? errors : [])]
    for (const one of inner) {
      const found = walk(one, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(error, 0)
}
