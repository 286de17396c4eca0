import { readFileSync } from 'node:fs'
import { type AccessRequest, type Authorize, everybodyMayWrite } from '@tidemark/relay'
import { Misconfigured } from './misconfigured.ts'
import type { Settings } from './settings.ts'
import {
  createTokenFinder,
  parseTokensFile,
  type SharedToken,
  secretCharactersAdvised,
} from './shared-tokens.ts'
import { createWebhook } from './webhook.ts'

/** Who decides about access to this relay's documents. */
export interface AccessControl {
  /** `open`: everybody may write everything; the owner is warned of it. */
  readonly kind: 'open' | 'tokens' | 'webhook'
  readonly authorize: Authorize
  /** Whose secrets can be guessed over the network. */
  readonly weak: readonly string[]
  /** Reads the tokens file again. When that fails, what was known stays in force, and the mistake is thrown. */
  reload(): void
}

/** @throws Error when what the settings name cannot be used. */
export function createAccessControl(settings: Settings, fetch: typeof globalThis.fetch): AccessControl {
  const hasTokens = settings.token.length > 0 || settings.tokensFile !== null
  if (settings.authorizeUrl !== null) {
    if (hasTokens)
      throw new Misconfigured('--authorize-url and tokens exclude each other: choose who decides')
    const authorize = webhookOf(settings, settings.authorizeUrl, fetch)
    return { kind: 'webhook', authorize, weak: [], reload: () => {} }
  }
  if (hasTokens) return tokenControl(settings)
  return { kind: 'open', authorize: everybodyMayWrite, weak: [], reload: () => {} }
}

function webhookOf(settings: Settings, url: URL, fetch: typeof globalThis.fetch): Authorize {
  return createWebhook({
    url,
    secret: settings.authorizeSecret,
    timeoutMs: settings.authorizeTimeoutMs,
    holdsMs: settings.reauthorizeMs || null,
    fetch,
  })
}

function tokenControl(settings: Settings): AccessControl {
  const tokens = readTokens(settings)
  let find = createTokenFinder(tokens)
  return {
    kind: 'tokens',
    weak: tokens
      .filter(({ secret }) => secret.length < secretCharactersAdvised)
      .map(({ principal }) => principal),
    authorize({ token }: AccessRequest) {
      const found = find(token)
      if (!found) return { refused: token === '' ? 'a token is needed' : 'the token is not known here' }
      // Tokens change when they are read again, and not before.
      return { principal: found.principal, access: found.access, holdsMs: null }
    },
    reload() {
      find = createTokenFinder(readTokens(settings))
    },
  }
}

function readTokens({ token, tokensFile }: Settings): readonly SharedToken[] {
  if (tokensFile === null) return token
  const parsed = parseTokensFile(readText(tokensFile))
  if ('mistake' in parsed) throw new Misconfigured(`--tokens-file ${tokensFile}: ${parsed.mistake}`)
  return [...token, ...parsed.tokens]
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Misconfigured(`--tokens-file ${file} cannot be read`, { cause })
  }
}
