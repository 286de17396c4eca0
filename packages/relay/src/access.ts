import type { Access, Clock } from '@tidemark/base'
import type { Ended } from './attached.ts'
import { isPrincipal } from './author.ts'
import type { AccessGrant, AccessRefusal, AccessRequest, Authorize } from './ports.ts'

export type AccessDecision =
  | { readonly kind: 'granted'; readonly grant: AccessGrant }
  | (Ended & { readonly kind: 'refused' })

export interface AccessDeps {
  readonly authorize: Authorize
  readonly clock: Clock
  readonly timeoutMs: number
  /** `authorize` threw, timed out, or decided in a form that makes no sense. */
  readonly onFailed: (request: AccessRequest, message: string) => void
}

const unavailableRetryMs = 5_000
/** What a timer can count. */
const holdsMsMax = 2 ** 31 - 1

/** Everybody may write. For demos and tests, and for relays that nobody else can reach. */
export const everybodyMayWrite: Authorize = () => ({ principal: 'anonymous', access: 'write', holdsMs: null })

/** Asks the relay's owner, and calls `decided` exactly once: later, or at once when the owner answers at once. */
export function decideAccess(
  deps: AccessDeps,
  request: AccessRequest,
  decided: (decision: AccessDecision) => void,
): void {
  let open = true
  const settle = (decision: AccessDecision): void => {
    if (!open) return
    open = false
    cancelTimeout()
    decided(decision)
  }
  const fail = (message: string): void => {
    if (open) deps.onFailed(request, message)
    settle(unavailable)
  }
  const cancelTimeout = deps.clock.after(deps.timeoutMs, () => fail(`no answer within ${deps.timeoutMs} ms`))
  try {
    const answer = deps.authorize(request)
    if (answer instanceof Promise)
      answer.then(
        (late) => judge(request, late, settle, fail),
        (error) => fail(String(error)),
      )
    else judge(request, answer, settle, fail)
  } catch (error) {
    fail(String(error))
  }
}

function judge(
  request: AccessRequest,
  answer: AccessGrant | AccessRefusal,
  settle: (decision: AccessDecision) => void,
  fail: (message: string) => void,
): void {
  if (!answer || typeof answer !== 'object') return fail('neither a grant nor a refusal')
  if ('refused' in answer) return settle(refusalOf(answer))
  if (!isPrincipal(answer.principal))
    return fail('a principal must be 1 to 256 characters without control characters')
  if (answer.access !== 'read' && answer.access !== 'write') return fail(`access must be 'read' or 'write'`)
  const { principal, holdsMs } = answer
  if (!isHoldsMs(holdsMs)) return fail('holdsMs must be null or a positive number of milliseconds')
  const access = lower(answer.access, request.access)
  settle({ kind: 'granted', grant: { principal, access, ...(holdsMs !== undefined && { holdsMs }) } })
}

function isHoldsMs(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'number' && value > 0 && value <= holdsMsMax
}

function refusalOf({ refused, code, retryAfterMs }: AccessRefusal): AccessDecision {
  return {
    kind: 'refused',
    code: code ?? 'access/denied',
    message: refused,
    retryAfterMs: retryAfterMs ?? null,
  }
}

function lower(granted: Access, asked: Access): Access {
  return granted === 'write' && asked === 'write' ? 'write' : 'read'
}

/** The owner could not be asked. */
export const unavailable: AccessDecision = {
  kind: 'refused',
  code: 'access/unavailable',
  message: 'access could not be checked',
  retryAfterMs: unavailableRetryMs,
}

/** How a session ends whose grant ran out before the owner could be asked again. */
export const unconfirmed: Ended = {
  code: 'access/unavailable',
  message: 'access could not be confirmed in time',
  retryAfterMs: unavailableRetryMs,
}

/** How a session ends that had access and is refused it now. */
export function withdrawn({ code, message, retryAfterMs }: Ended): Ended {
  return { code: code === 'access/denied' ? 'access/revoked' : code, message, retryAfterMs }
}

export const accountChanged: Ended = {
  code: 'access/revoked',
  message: 'the account behind this session has changed',
  retryAfterMs: 0,
}
