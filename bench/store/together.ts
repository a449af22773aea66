import { VariantProcess, type Measured, type Variant } from '../variant.ts'
import { assertWhole } from './whole.ts'

interface Options {
  /** The module that each process runs; with the option `shared` it says in its details what it has appended. */
  readonly file: string
  readonly processes: number
  readonly store: string
  readonly [option: string]: string | number | boolean
}

/** Several processes on one store that begin together; their rates are added up, and what they appended is checked. */
export async function open(folder: string, { file, processes, ...options }: Options): Promise<Variant> {
  const module = { file, options: { ...options, shared: true } }
  const all = await Promise.all(
    Array.from({ length: processes }, (_, index) => VariantProcess.open(module, `process-${index}`, folder)),
  )
  let measured: readonly Measured[] = []
  return {
    async measure(forMs) {
      measured = await Promise.all(all.map((each) => each.measure(forMs)))
      return { value: measured.reduce((sum, { value }) => sum + value, 0) }
    },
    async close() {
      await Promise.all(all.map((each) => each.close()))
      const appended = measured.reduce((sum, { details }) => sum + Number(details!['appended']), 0)
      await assertWhole(options['store'] as string, appended)
    },
  }
}
