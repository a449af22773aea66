import { openAvro } from '../../src/adapters/avro/codec.ts'
import { avroSchema } from '../../src/schema/avro/schema.ts'
import { shapeNode } from '../../src/schema/shape.ts'
import { valueCodecContract } from '../fixtures/value-codec-contract.ts'

valueCodecContract('Avro', async () => {
  const { encode, decode } = await openAvro()
  return { schemaOf: (fields) => avroSchema('Message', shapeNode(fields)), encode, decode }
})
