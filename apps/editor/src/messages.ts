import { type ErrorCode, TidemarkError } from '@tidemark/base'
import type { DocumentStatus } from '@tidemark/client'

/** What somebody should know or can do, in a sentence or two. */
export interface Message {
  readonly tone: 'calm' | 'warning' | 'problem'
  readonly text: string
  /** What can be done about it here. */
  readonly remedy: 'enter-token' | 'start-afresh' | 'download-copy' | null
}

/** What is to be said as long as the document is in this state; null when the status line says it all. */
export function messageOfState({ edits, error }: Pick<DocumentStatus, 'edits' | 'error'>): Message | null {
  if (error === null) return null
  if (edits === 'refused') {
    const text = `The relay refused an edit: ${error.message}. It is kept in this tab and on this device, but it reaches nobody, nor does what you write after it.`
    return { tone: 'problem', text, remedy: 'start-afresh' }
  }
  return stateMessages[error.code] ?? null
}

const stateMessages: Readonly<Partial<Record<ErrorCode, Message>>> = {
  'access/denied': {
    tone: 'problem',
    text: 'You have no access to this document. If somebody gave you a token, enter it here.',
    remedy: 'enter-token',
  },
  'access/revoked': {
    tone: 'problem',
    text: 'Your access to this document was withdrawn. What you wrote and could not send is kept on this device.',
    remedy: 'enter-token',
  },
  'access/unavailable': {
    tone: 'warning',
    text: 'The relay cannot check your access at the moment. It is tried again; your edits are kept on this device.',
    remedy: null,
  },
  'document/halted': {
    tone: 'problem',
    text: 'The relay found this document damaged on its disk and has stopped serving it. Your edits are kept on this device. Tell whoever runs the relay.',
    remedy: null,
  },
  'log/full': {
    tone: 'problem',
    text: 'The disk of the relay is full: your edits are kept on this device until there is room. Tell whoever runs the relay.',
    remedy: null,
  },
  'connection/version': {
    tone: 'problem',
    text: 'This page and the relay do not understand each other any more. Reload the page to get the new one.',
    remedy: null,
  },
  'store/failed': {
    tone: 'warning',
    text: 'This browser does not store your edits on the device. They still go to the relay: keep this tab open while you are offline.',
    remedy: null,
  },
  'store/blocked': {
    tone: 'warning',
    text: 'Another tab holds an older version of this editor. Close or reload the other tabs, so that edits can be stored on this device.',
    remedy: null,
  },
}

/** What is to be said once, when this happens; null for what the state tells. */
export function messageOfEvent({ code, cause }: TidemarkError): Message | null {
  if (code !== 'replica/set-aside') return eventMessages[code] ?? null
  const isOther = cause instanceof TidemarkError && cause.code === 'document/other-lineage'
  return isOther ? otherDocument : copyKept
}

/** To be said when the editor opens and copies of an earlier time are there; also when the document was made anew. */
export const copyKept: Message = {
  tone: 'calm',
  text: 'A copy of what this document was before is kept aside on this device.',
  remedy: 'download-copy',
}

const otherDocument: Message = {
  tone: 'warning',
  text: 'The relay holds another document under this name now. You see that one; your copy is kept aside on this device.',
  remedy: 'download-copy',
}

const eventMessages: Readonly<Partial<Record<ErrorCode, Message>>> = {
  'replica/rebuilt': {
    tone: 'calm',
    text: 'This copy had a fault, so it was made anew from the relay. What you had not sent is still here; undo starts anew.',
    remedy: null,
  },
}
