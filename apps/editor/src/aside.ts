import type { DocumentId } from '@tidemark/base'
import type { Client } from '@tidemark/client'
import { asidePage, type Copy } from './aside-page.ts'
import { element } from './dom.ts'
import { actionButton } from './notice.ts'
import { htmlOf } from './rich-text.ts'

type Shelf = Pick<Client, 'listAside' | 'readAside' | 'deleteAside'>

/** Whether this device keeps copies of the document aside. */
export async function hasAside(client: Shelf, document: DocumentId): Promise<boolean> {
  return (await client.listAside()).some((aside) => aside.document === document)
}

/** Lets a person have the copies of a document that were kept aside, and then delete them here. */
export function asideButtons(client: Shelf, document: DocumentId, close: () => void): HTMLElement {
  const buttons = element('div', { class: 'notice-buttons' })

  async function download(): Promise<void> {
    const asides = (await client.listAside()).filter((aside) => aside.document === document)
    const copies: Copy[] = []
    for (const { id, timeMs } of asides) {
      const update = await client.readAside(id)
      if (update) copies.push({ timeMs, html: htmlOf(update) })
    }
    save(`${document.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}-kept-aside.html`, asidePage(document, copies))
    offerDeletion(asides.map(({ id }) => id))
  }

  /** Only now: what is deleted here may be the last copy. And only what was downloaded. */
  function offerDeletion(ids: readonly string[]): void {
    const remove = async () => {
      for (const id of ids) await client.deleteAside(id)
      close()
    }
    show(actionButton('I have it: delete it here', () => void remove().catch(close)))
  }

  function show(action: HTMLElement): void {
    buttons.replaceChildren(action, actionButton('Close', close))
  }

  // A device that cannot be read now may be read at the next try: the button stays.
  show(actionButton('Download the copy', () => void download().catch(() => {})))
  return buttons
}

function save(name: string, page: string): void {
  const url = URL.createObjectURL(new Blob([page], { type: 'text/html' }))
  element('a', { href: url, download: name }).click()
  // The download holds on to the bytes by itself once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
