import '../../base/node-version.ts'
import type { RegistryAdapter } from '../../ports/registry.ts'
import { RegistryClient } from './client.ts'
import { openCodec } from './open.ts'
import { settingsOf, type RegistryOptions } from './settings.ts'

export type { RegistryAuth, RegistryOptions } from './settings.ts'
export type { SubjectNames, SubjectParts } from './subjects.ts'

/**
 * A schema registry that speaks as Confluent's does: Confluent's own, Apicurio under `/apis/ccompat/v7`, Karapace.
 * Channels that are declared with `format: 'avro'` need the package `avsc`, those with `format: 'protobuf'` the package
 * `protobufjs`. Errors: EW_CONFIG, EW_DRIVER_MISSING, EW_REGISTRY_FAILED, EW_SCHEMA_UNPUBLISHED, EW_SCHEMA_REFUSED.
 */
export function schemaRegistry(url: string, options: RegistryOptions = {}): RegistryAdapter {
  const settings = settingsOf(url, options)
  const { subjects = 'topic-record', autoRegister = process.env['NODE_ENV'] !== 'production' } = options
  const client = new RegistryClient(settings)
  return {
    kind: 'registry',
    name: settings.url,
    open: (channels, { numbers }) =>
      openCodec(channels, { client, registry: settings.url, subjects, autoRegister, numbers }),
  }
}
