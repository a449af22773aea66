import type { API, Reader } from '@platformatic/kafka'
import { readBatches, type Batch } from './batches.ts'
import type { Library } from './library.ts'
import { unpacking, type Unpack } from './unpack.ts'

/** What a partition has brought. */
export interface FetchedPartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly lastStableOffset: bigint
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
  readonly records?: readonly Batch[] | null
}

/** What a request for records has brought. */
export interface FetchAnswer {
  readonly responses: readonly { readonly topicId: string; readonly partitions: readonly FetchedPartition[] }[]
}

/** The request for records as the library makes it. */
export type FetchApi = API<Parameters<Library['fetchV12']['createRequest']>, FetchAnswer>

const fetchKey = 1
const fetchVersion = 12

/**
 * The request with an answer of ours: batches are unpacked one by one when somebody goes through them, and within
 * bounds, where the library unpacks all of an answer at once, whatever becomes of it.
 */
export function boundedFetch(library: Library): FetchApi {
  const unpack = unpacking(library)
  const errorOf = (errors: Errors, answer: FetchAnswer): Error =>
    new library.ResponseError(fetchKey, fetchVersion, Object.fromEntries(errors), answer as never)
  return library.createAPI(fetchKey, fetchVersion, library.fetchV12.createRequest, (_id, _key, _version, reader) => {
    const errors: Errors = []
    const answer = answerIn(reader, unpack, errors)
    if (errors.length > 0) throw errorOf(errors, answer)
    return answer
  })
}

type Errors = [where: string, [code: number, message: null]][]

function answerIn(reader: Reader, unpack: Unpack, errors: Errors): FetchAnswer {
  reader.readInt32()
  const errorCode = reader.readInt16()
  if (errorCode !== 0) errors.push(['/', [errorCode, null]])
  reader.readInt32()
  const responses = reader.readArray((topic, at) => ({
    topicId: topic.readString(),
    partitions: topic.readArray((each, index) => {
      const partition = partitionIn(each, unpack)
      if (partition.errorCode !== 0) errors.push([`/responses/${at}/partitions/${index}`, [partition.errorCode, null]])
      return partition
    }),
  }))
  return { responses }
}

function partitionIn(reader: Reader, unpack: Unpack): FetchedPartition {
  const [partitionIndex, errorCode] = [reader.readInt32(), reader.readInt16()]
  reader.readInt64()
  const lastStableOffset = reader.readInt64()
  reader.readInt64()
  const abortedTransactions = reader.readNullableArray((each) => {
    return { producerId: each.readInt64(), firstOffset: each.readInt64() }
  })
  reader.readInt32()
  const bytes = reader.readNullableBytes()
  const records = bytes === null ? null : readBatches(bytes, unpack)
  return { partitionIndex, errorCode, lastStableOffset, abortedTransactions, records }
}
