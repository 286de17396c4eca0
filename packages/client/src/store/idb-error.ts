import { TidemarkError } from '@tidemark/base'

/** What a caller of the store is told. */
export function storeError(error: unknown): TidemarkError {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  const code = name === 'VersionError' ? 'store/blocked' : 'store/failed'
  return new TidemarkError(code, `the device's store failed: ${describe(error)}`, { cause: error })
}

function describe(error: unknown): string {
  return error instanceof Error || error instanceof DOMException
    ? `${error.name}: ${error.message}`
    : String(error)
}
