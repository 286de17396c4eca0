import type { TidemarkError } from '@tidemark/base'
import type { DocumentStatus } from '@tidemark/client'

/** What stands beside the title: where this person's edits are, in words that are true. */
export interface StatusLine {
  /** Stable, for styles and tests. */
  readonly code: StatusCode
  readonly tone: 'good' | 'calm' | 'warning' | 'problem'
  readonly text: string
  /** One sentence more. */
  readonly detail: string
}

export type StatusCode = keyof typeof words

/** The facts it is told from. */
export type StatusFacts = Pick<DocumentStatus, 'loaded' | 'connection' | 'edits' | 'access' | 'error'>

const words = {
  opening: ['calm', 'Opening…', 'Reading what this device holds.'],
  saved: ['good', 'Saved', 'Every edit is on the disk of the relay.'],
  saving: ['calm', 'Saving…', 'The relay has not yet confirmed your latest edits.'],
  'read-only': ['calm', 'Read only', 'You see what the others write; you cannot write here.'],
  'not-sent': ['warning', 'Read only, not sent', 'Your edits stay here: you may not write to this document.'],
  behind: ['calm', 'Behind, catching up', 'What the others wrote meanwhile is on its way.'],
  connecting: ['calm', 'Connecting…', 'You can write at once.'],
  offline: ['warning', 'Offline', 'What you wrote is saved. What you write now is kept on this device.'],
  'offline-storing': ['warning', 'Offline, storing…', 'Your latest edits are not yet stored on this device.'],
  'offline-on-device': [
    'warning',
    'Offline, kept on this device',
    'Your edits survive a reload and go to the others when you are back.',
  ],
  'offline-in-memory': [
    'problem',
    'Offline, in memory only',
    'This browser does not store your latest edits. Keep this tab open until you are back.',
  ],
  'no-access': ['problem', 'No access', 'The relay does not let you into this document.'],
  stopped: ['problem', 'Not connected', 'The relay does not serve this document now.'],
  'not-saved': ['problem', 'Not saved', 'The relay refused an edit. It is kept here and was not sent on.'],
  closed: ['calm', 'Closed', 'This document was closed in this tab.'],
} as const satisfies Record<string, readonly [StatusLine['tone'], string, string]>

/** All that the status says follows from these facts and from nothing else [STA1] [STA2]. */
export function statusLine(facts: StatusFacts): StatusLine {
  const code = statusCode(facts)
  const [tone, text, detail] = words[code]
  return { code, tone, text, detail }
}

function statusCode({ loaded, connection, edits, access, error }: StatusFacts): StatusCode {
  if (connection === 'closed') return 'closed'
  if (edits === 'refused') return error?.code === 'update/read-only' ? 'not-sent' : 'not-saved'
  if (connection === 'refused') return isAboutAccess(error) ? 'no-access' : 'stopped'
  if (!loaded) return 'opening'
  switch (connection) {
    case 'live':
      if (access === 'read') return edits === 'saved' ? 'read-only' : 'not-sent'
      return edits === 'saved' ? 'saved' : 'saving'
    case 'catching-up':
      return 'behind'
    case 'connecting':
      return edits === 'saved' ? 'connecting' : keptCode(edits, error)
    case 'offline':
      return edits === 'saved' ? 'offline' : keptCode(edits, error)
  }
}

/** Without a connection, an edit is at best on this device. */
function keptCode(edits: 'saving' | 'on-device' | 'in-memory', error: TidemarkError | null): StatusCode {
  if (edits === 'on-device') return 'offline-on-device'
  // Storing takes some milliseconds; only a failing store makes it a state that somebody must know of.
  return error?.code.startsWith('store/') ? 'offline-in-memory' : 'offline-storing'
}

function isAboutAccess(error: TidemarkError | null): boolean {
  return error !== null && (error.code === 'document/unknown' || error.code.startsWith('access/'))
}

/** How far this replica is, in numbers. */
export function figuresLine({
  unsaved,
  seq,
  behind,
}: Pick<DocumentStatus, 'unsaved' | 'seq' | 'behind'>): string {
  const edits = unsaved === 0 ? 'nothing to send' : `${unsaved} ${unsaved === 1 ? 'edit' : 'edits'} to send`
  const log = seq === null ? 'log not read yet' : `log read to seq ${seq}`
  return `${edits} · ${log}${behind > 0 ? `, ${behind} behind` : ''}`
}
