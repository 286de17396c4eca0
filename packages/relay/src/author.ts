import type { Principal } from '@tidemark/base'

/**
 * How an entry came into the log decides who owns the client ids in it, and the log is the only memory of that. So the
 * author stored with an entry is the principal, followed for two of the three ways by a mark. Principals hold no control
 * characters, so the mark cannot be part of one.
 */
export interface Author {
  readonly principal: Principal
  readonly way: AuthorWay
}

/**
 * - `native`: the principal owns the client ids it writes first.
 * - `recovery`: given back to a log that lost it, whoever wrote it: nobody becomes owner by it.
 * - `unproven`: given in answer to a resync without a proof that the log lost it. It may be others' as well, so nobody
 *   becomes owner by it either; but what is somebody's already is not taken. Stored as `recovery`.
 * - `y-websocket`: these clients pass on what other tabs wrote: their ids are everybody's.
 */
export type AuthorWay = 'native' | 'recovery' | 'unproven' | 'y-websocket'

const mark = '\u001f'

export function formatAuthor({ principal, way }: Author): string {
  switch (way) {
    case 'native':
      return principal
    case 'recovery':
    case 'unproven':
      return `${principal}${mark}recovery`
    case 'y-websocket':
      return principal + mark + way
  }
}

export function parseAuthor(author: string): Author {
  const end = author.indexOf(mark)
  if (end < 0) return { principal: author, way: 'native' }
  const way = author.slice(end + 1)
  return { principal: author.slice(0, end), way: way === 'recovery' ? 'recovery' : 'y-websocket' }
}

const principalLengthMax = 256

export function isPrincipal(value: unknown): value is Principal {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= principalLengthMax &&
    !/[\u0000-\u001f\u007f]/.test(value)
  )
}
