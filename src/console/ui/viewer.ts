import { signal, type Signal } from '@preact/signals'

/** What the reader may do; the server checks it again at every order. */
export const role: Signal<'viewer' | 'operator'> = signal('viewer')
