import {
  avroTypeName,
  unqualified,
  type AvroEnum,
  type AvroField,
  type AvroFixed,
  type AvroLogical,
  type AvroNamed,
  type AvroRecord,
  type AvroType,
} from '../avro/model.ts'
import { parseAvro } from '../avro/parse.ts'
import type { Incompatibility } from './incompatibility.ts'

/**
 * Why a reader cannot read everything that a writer of another Avro schema writes, by the rules of schema resolution;
 * none when it can. Names are compared without their namespaces, as the specification has it.
 *
 * Beyond the specification it refuses a changed logical type where the same bytes would mean another value, or none: a
 * decimal of another scale, microseconds read as milliseconds, any text read as a UUID. Error: EW_SCHEMA_TEXT.
 */
export function avroIncompatibilities(reader: string, writer: string): readonly Incompatibility[] {
  return compared(new Map(), parseAvro(reader), parseAvro(writer))
}

/** What is known of a pair of named types; a pair that is being looked at counts as compatible. */
type Known = Map<AvroType, Map<AvroType, readonly Incompatibility[]>>

const none: readonly Incompatibility[] = Object.freeze([])

function compared(known: Known, reader: AvroType, writer: AvroType): readonly Incompatibility[] {
  if (writer.kind === 'union') return fromUnion(known, reader, writer.branches)
  if (reader.kind === 'union') return intoUnion(known, reader.branches, writer)
  if (reader.kind === 'array' && writer.kind === 'array') {
    return below('[]', compared(known, reader.items, writer.items))
  }
  if (reader.kind === 'map' && writer.kind === 'map') return below('.*', compared(known, reader.values, writer.values))
  if (reader.kind === 'record' && writer.kind === 'record') return rememberedRecords(known, reader, writer)
  if (reader.kind === 'enum' && writer.kind === 'enum') return enums(reader, writer)
  if (reader.kind === 'fixed' && writer.kind === 'fixed') return fixeds(reader, writer)
  return primitives(reader, writer)
}

/** Every type that may have been written must be readable. */
function fromUnion(known: Known, reader: AvroType, branches: readonly AvroType[]): readonly Incompatibility[] {
  return branches.flatMap((branch) => compared(known, reader, branch))
}

/** One type that reads is enough. */
function intoUnion(known: Known, branches: readonly AvroType[], writer: AvroType): readonly Incompatibility[] {
  const tries = branches.map((branch) => ({ branch, findings: compared(known, branch, writer) }))
  if (tries.some(({ findings }) => findings.length === 0)) return none
  // The one that was meant says more than that none fits.
  const meant = tries.filter(({ branch }) => branch.kind === writer.kind && namesMeet(branch, writer))
  if (meant.length === 1) return meant[0]!.findings
  return [finding('missing-union-branch', `${words(writer)} was written, and none of the types that are read takes it`)]
}

function namesMeet(reader: AvroType, writer: AvroType): boolean {
  return !('name' in reader) || !('name' in writer) || hasName(reader, writer)
}

function rememberedRecords(known: Known, reader: AvroRecord, writer: AvroRecord): readonly Incompatibility[] {
  const ofReader = known.get(reader) ?? new Map<AvroType, readonly Incompatibility[]>()
  known.set(reader, ofReader)
  const earlier = ofReader.get(writer)
  if (earlier !== undefined) return earlier
  ofReader.set(writer, none)
  const findings = records(known, reader, writer)
  ofReader.set(writer, findings)
  return findings
}

function records(known: Known, reader: AvroRecord, writer: AvroRecord): readonly Incompatibility[] {
  if (!hasName(reader, writer)) return [otherName('record', reader, writer)]
  return reader.fields.flatMap((field) => {
    const written = writtenFields(field, writer)
    if (written.length > 1) {
      const list = written.map(({ name }) => name).join(' and ')
      return below(field.name, [
        finding('ambiguous-alias', `its names and aliases fit several written fields: ${list}`),
      ])
    }
    const [source] = written
    if (source !== undefined) return below(field.name, compared(known, field.type, source.type))
    if (field.hasDefault) return none
    return below(field.name, [finding('missing-default', 'it is read but not written, and has no default')])
  })
}

/** The fields of a writer that a reader's field may be filled from: more than one is an error. */
export function writtenFields(field: Pick<AvroField, 'name' | 'aliases'>, writer: AvroRecord): readonly AvroField[] {
  return writer.fields.filter(({ name }) => name === field.name || field.aliases.includes(name))
}

/** Whether a reader's named type reads the writer's by its name: its own, or a former one. */
export function hasName(reader: AvroNamed, writer: AvroNamed): boolean {
  return unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name)
}

function enums(reader: AvroEnum, writer: AvroEnum): readonly Incompatibility[] {
  if (!hasName(reader, writer)) return [otherName('enum', reader, writer)]
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol))
  if (unknown.length === 0 || reader.default !== undefined) return none
  const list = unknown.join(', ')
  return [finding('missing-enum-symbols', `${list} may have been written, and the enum that reads has no default`)]
}

function fixeds(reader: AvroFixed, writer: AvroFixed): readonly Incompatibility[] {
  if (!hasName(reader, writer)) return [otherName('fixed', reader, writer)]
  if (reader.size === writer.size) return logicals(reader.logical, writer.logical)
  return [finding('fixed-size', `${writer.size} bytes were written, and ${reader.size} are read`)]
}

const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Whether a primitive type reads another one. */
export function promotes(reader: string, writer: string): boolean {
  return reader === writer || promotions[reader]?.includes(writer) === true
}

function primitives(reader: AvroType, writer: AvroType): readonly Incompatibility[] {
  if (!promotes(reader.kind, writer.kind)) {
    return [finding('type', `${words(writer)} was written, and ${words(reader)} is read`)]
  }
  return [...logicals(logicalOf(reader), logicalOf(writer)), ...constants(reader, writer)]
}

function logicalOf(type: AvroType): AvroLogical | undefined {
  return 'logical' in type ? type.logical : undefined
}

function constants(reader: AvroType, writer: AvroType): readonly Incompatibility[] {
  const [read, written] = [reader, writer].map((type) => ('constant' in type ? type.constant : undefined))
  if (read === undefined || read === written) return none
  return [finding('constant', `${String(written ?? words(writer))} was written, and only ${String(read)} is read`)]
}

const instants = ['timestamp-millis', 'timestamp-micros', 'timestamp-nanos']
const narrow: ReadonlySet<string> = new Set([
  ...instants,
  ...instants.map((name) => `local-${name}`),
  ...['date', 'time-millis', 'time-micros', 'duration', 'duration-millis', 'uuid', 'json'],
])

/** Who reads the plain type takes everything; who reads more into it must have been meant by the writer. */
function logicals(reader: AvroLogical | undefined, writer: AvroLogical | undefined): readonly Incompatibility[] {
  const [read, written] = [reader?.name, writer?.name]
  if (read === 'decimal' || written === 'decimal') return decimals(reader, writer)
  if (read === written || read === undefined || !narrow.has(read)) return none
  const what = written ?? 'a plain value'
  return [finding('logical-type', `${what} was written, and the same bytes would be read as ${read}`)]
}

function decimals(reader: AvroLogical | undefined, writer: AvroLogical | undefined): readonly Incompatibility[] {
  if (reader?.name !== writer?.name) {
    const [written, read] = [writer, reader].map((one) => (one?.name === 'decimal' ? 'a decimal' : 'plain bytes'))
    return [finding('logical-type', `${written} was written, and ${read} would be read`)]
  }
  if (reader!.scale !== writer!.scale) {
    const digits = `${writer!.scale} digits after the point were written`
    return [finding('decimal-scale', `${digits}, and the same bytes would be read as if they had ${reader!.scale}`)]
  }
  if (reader!.precision! >= writer!.precision!) return none
  const digits = `up to ${writer!.precision} digits were written`
  return [finding('decimal-precision', `${digits}, and at most ${reader!.precision} are read`)]
}

function otherName(kind: string, reader: AvroNamed, writer: AvroNamed): Incompatibility {
  return finding('name', `${kind} ${writer.name} was written, and ${reader.name} is read, which has no such alias`)
}

function words(type: AvroType): string {
  const { kind } = type
  if (kind === 'record' || kind === 'enum' || kind === 'fixed') return `${kind} ${avroTypeName(type)}`
  return kind === 'union' ? 'a union' : kind
}

function finding(rule: string, what: string): Incompatibility {
  return { path: '', rule, what }
}

function below(segment: string, findings: readonly Incompatibility[]): readonly Incompatibility[] {
  if (findings.length === 0) return none
  return findings.map((each) => ({ ...each, path: joined(segment, each.path) }))
}

function joined(segment: string, rest: string): string {
  return rest === '' || rest.startsWith('[') || rest.startsWith('.') ? segment + rest : `${segment}.${rest}`
}
