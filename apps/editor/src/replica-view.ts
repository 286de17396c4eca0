import type { Clock, DocumentId, Random } from '@tidemark/base'
import type { Client, DocumentHandle, OnError } from '@tidemark/client'
import { asideButtons, hasAside } from './aside.ts'
import { createConnectionSwitch } from './connection-switch.ts'
import { element } from './dom.ts'
import { copyKept, type Message, messageOfEvent, messageOfState } from './messages.ts'
import { actionButton, createNotice, tokenForm } from './notice.ts'
import type { Person } from './person.ts'
import { figuresLine, statusLine } from './status.ts'
import { createStatusView } from './status-view.ts'
import { createTextView, type TextView } from './text-view.ts'

export interface ReplicaViewOptions {
  readonly document: DocumentId
  makeClient(onError: OnError): Client
  /** Keeps a token for the connections to come. */
  keepToken(token: string): void
  readonly person: Person
  readonly random: Random
  readonly after: Clock['after']
  readonly connectionSwitch: { readonly name: string; readonly label: string; readonly storage: Storage }
}

/** One replica of a document and everything that shows it. The page puts the parts in their places. */
export interface ReplicaView {
  readonly handle: DocumentHandle
  readonly text: TextView
  readonly connectionSwitch: HTMLElement
  readonly status: HTMLElement
  readonly notices: HTMLElement
  readonly figures: HTMLElement
}

export function createReplicaView(options: ReplicaViewOptions): ReplicaView {
  const eventNotice = createNotice(({ remedy }, close) =>
    remedy === 'download-copy' ? asideButtons(client, options.document, close) : actionButton('Close', close),
  )
  const client: Client = options.makeClient((error) => eventNotice.say(messageOfEvent(error)))
  const stateNotice = createNotice((message) =>
    remedyFor(message, client, options.keepToken, () => handle.reset()),
  )
  const connectionSwitch = createConnectionSwitch({
    ...options.connectionSwitch,
    cut: () => client.disconnect(),
    join: () => client.connect(),
  })
  const status = createStatusView(options.after)
  const figures = element('div', { class: 'figures' })
  const handle = client.open(options.document)
  const text = createTextView(handle, options.person, options.random)

  function show(): void {
    text.follow()
    status.show(statusLine(handle.status))
    stateNotice.show(messageOfState(handle.status))
    figures.textContent = figuresLine(handle.status)
  }
  handle.subscribe(show)
  show()
  hasAside(client, options.document).then(
    (has) => eventNotice.say(has ? copyKept : null),
    // The status tells of a device that cannot be read.
    () => {},
  )

  return {
    handle,
    text,
    connectionSwitch,
    status: status.element,
    notices: element('div', { class: 'notices' }, eventNotice.element, stateNotice.element),
    figures,
  }
}

function remedyFor(
  { remedy }: Message,
  client: Client,
  keepToken: (token: string) => void,
  reset: () => void,
): HTMLElement | null {
  switch (remedy) {
    case 'enter-token':
      return tokenForm((token) => {
        keepToken(token)
        client.reconnect()
      })
    case 'start-afresh':
      return actionButton('Keep a copy aside and start afresh', reset)
    case 'download-copy':
    case null:
      return null
  }
}
