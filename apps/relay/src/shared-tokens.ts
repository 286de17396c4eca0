import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Access, Principal } from '@tidemark/base'
import type { SettingKind } from './setting-kinds.ts'

/** Who comes with this secret, and what they may do, in every document of this relay. */
export interface SharedToken {
  readonly principal: Principal
  readonly access: Access
  readonly secret: string
}

/** Shorter secrets can be guessed over the network: the owner is told. `openssl rand -hex 16` makes a good one. */
export const secretCharactersAdvised = 16

/** `NAME:ACCESS:SECRET`. The secret may contain colons. A mistake never quotes the secret. */
export function sharedToken(): SettingKind<SharedToken> {
  return { placeholder: 'NAME:ACCESS:SECRET', read: readSharedToken }
}

function readSharedToken(text: string): { value: SharedToken } | { mistake: string } {
  const [, principal, access, secret] = /^([^:]+):([^:]*):(.*)$/s.exec(text) ?? []
  if (principal === undefined || secret === undefined)
    return { mistake: 'must have the form NAME:ACCESS:SECRET' }
  if (access !== 'read' && access !== 'write')
    return { mistake: `of ${principal}: ACCESS must be read or write` }
  if (secret === '') return { mistake: `of ${principal}: SECRET must not be empty` }
  return { value: { principal, access, secret } }
}

/** One token a line; empty lines and lines that begin with `#` are left out. */
export function parseTokensFile(text: string): { tokens: readonly SharedToken[] } | { mistake: string } {
  const tokens: SharedToken[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const read = readSharedToken(line.trim())
    if ('mistake' in read) return { mistake: `line ${index + 1} ${read.mistake}` }
    tokens.push(read.value)
  }
  return { tokens }
}

/**
 * Finds the token that somebody brought. The time it takes tells nothing about the secrets: their keyed hashes are
 * compared, all of them, and the key is drawn anew at each start.
 */
export function createTokenFinder(tokens: readonly SharedToken[]): (secret: string) => SharedToken | null {
  const key = randomBytes(32)
  const hash = (secret: string) => createHmac('sha256', key).update(secret).digest()
  const known = tokens.map((token) => ({ token, hash: hash(token.secret) }))
  return (secret) => {
    const given = hash(secret)
    const found = known.filter((candidate) => timingSafeEqual(candidate.hash, given))
    return found[0]?.token ?? null
  }
}
