import { TidemarkError } from '@tidemark/base'

/** What a caller of a store is told. */
export function storeError(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error
  const code = (error as Error | null)?.name === 'VersionError' ? 'store/blocked' : 'store/failed'
  return new TidemarkError(code, `the device's store failed: ${error}`, { cause: error })
}
