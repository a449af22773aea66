// The process of one variant: opens the module that it is told and measures it as often as it is asked.
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { Answer, Request, Variant, VariantModule } from './variant.ts'

interface Opens {
  open(folder: string, options: NonNullable<VariantModule['options']>): Promise<Variant>
}

let variant: Variant | undefined

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply))
})
// The parent's death or its goodbye ends this process in the ordinary way, so that profiles are written.
process.on('disconnect', () => process.exit())

async function answer(request: Request): Promise<Answer> {
  try {
    switch (request.do) {
      case 'open': {
        const module = (await import(pathToFileURL(resolve(import.meta.dirname, request.file)).href)) as Opens
        variant = await module.open(request.folder, request.options ?? {})
        return { ok: true }
      }
      case 'measure':
        return { ok: true, measured: await variant!.measure(request.forMs) }
      case 'close': {
        await variant!.close()
        return { ok: true }
      }
    }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
