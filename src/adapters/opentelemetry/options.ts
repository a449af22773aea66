/** Where spans go. */
export interface OpenTelemetryOptions {
  /** A `TracerProvider`; default: the one that is registered, whenever that is done. */
  readonly tracerProvider?: { getTracer(name: string): object }
}
