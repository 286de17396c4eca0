import { TidemarkError } from '@tidemark/base'
import type { AccessGrant, AccessRefusal, AccessRequest, Authorize } from '@tidemark/relay'

/** Bytes of an answer. Above: the answer is not read, the check has failed. */
export const answerBytesMax = 64 * 1024

export interface WebhookOptions {
  readonly url: URL
  /** Sent as `authorization: Bearer SECRET`, so that the owner's endpoint knows who asks. */
  readonly secret: string | null
  readonly timeoutMs: number
  /** How long an answer holds that does not say so itself; null: until the owner says that something has changed. */
  readonly holdsMs: number | null
  readonly fetch: typeof globalThis.fetch
}

/**
 * Asks the owner's own endpoint who may open a document.
 *
 *     POST {"document": "notes/today", "access": "write", "token": "...", "dialect": "native", "address": "192.0.2.7"}
 *     200  {"principal": "account-17", "access": "read"}    let in, with this access
 *     200  {..., "holdsMs": 5000}                           and for so long, instead of the usual time
 *     401, 403, 404                                         refused for good
 *
 * Everything else (another status, no answer in time, an answer that makes no sense) says nothing about the person:
 * it is thrown, the client is told `access/unavailable` and asks again later.
 */
export function createWebhook({ url, secret, timeoutMs, holdsMs, fetch }: WebhookOptions): Authorize {
  const headers = {
    'content-type': 'application/json',
    ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
  }
  return async (request) => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(questionOf(request)),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await readBounded(response)
    if (response.status === 200) return { holdsMs, ...parseGrant(text) }
    if ([401, 403, 404].includes(response.status)) return refusal
    throw new TidemarkError(
      'access/unavailable',
      `the authorize address answered with status ${response.status}`,
    )
  }
}

const refusal: AccessRefusal = { refused: 'no access to this document' }

function questionOf({ document, access, token, dialect, address }: AccessRequest): object {
  return { document, access, token, dialect, address }
}

function parseGrant(text: string): AccessGrant {
  const { principal, access, holdsMs } = parseObject(text)
  const isSound = typeof principal === 'string' && (access === 'read' || access === 'write')
  // Whether it is a time that makes sense is for the relay to say.
  if (isSound)
    return { principal, access, ...(holdsMs !== undefined && { holdsMs: holdsMs as number | null }) }
  throw new TidemarkError('access/unavailable', 'the authorize address answered without principal and access')
}

function parseObject(text: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch (cause) {
    throw new TidemarkError('access/unavailable', 'the authorize address did not answer with JSON', { cause })
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > answerBytesMax)
      throw new TidemarkError('access/unavailable', 'the authorize address answered too much')
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}
