import { telemetryContract } from '../../src/testing/contracts/telemetry.ts'
import { keptSpans } from '../fixtures/told-spans.ts'

telemetryContract('opentelemetry', () => keptSpans())
