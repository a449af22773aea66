import { openProtobuf } from '../../src/adapters/protobuf/codec.ts'
import { protobufOf } from '../fixtures/protobuf-schema.ts'
import { valueCodecContract } from '../fixtures/value-codec-contract.ts'

valueCodecContract('Protobuf', async () => {
  const { encode, decode } = await openProtobuf()
  return { schemaOf: (fields) => protobufOf(fields), encode, decode }
})
