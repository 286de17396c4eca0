import type { DocumentId } from '@tidemark/base'
import { createClient } from '@tidemark/client'
import { createDemoPage } from './demo-page.ts'
import { createEditorPage } from './editor-page.ts'
import { loadPerson, type Person, personColors, savePerson } from './person.ts'
import { recordVisit } from './recent.ts'
import { createReplicaView, type ReplicaView } from './replica-view.ts'
import { parseRoute, type Route } from './route.ts'
import { createStartPage } from './start-page.ts'

// The composition root: what the browser offers is taken here and handed on.

const tokenKey = 'tidemark:token'
const relayUrl = location.origin.replace(/^http/, 'ws')

takeTokenFromAddress()
document.body.append(createPage(parseRoute(location.pathname)))
keepShell()

function createPage(route: Route): HTMLElement {
  switch (route.page) {
    case 'start':
      return createStartPage({
        storage: localStorage,
        random: Math.random,
        nowMs: Date.now(),
        go: (path) => location.assign(path),
      })
    case 'editor':
      return editorPage(route.document)
    case 'demo':
      return demoPage(route.document)
  }
}

function editorPage(id: DocumentId): HTMLElement {
  document.title = `${id} · Tidemark`
  recordVisit(localStorage, { document: id, openedMs: Date.now() })
  const person = loadPerson(localStorage, location.search, Math.random)
  const view = replicaView(id, person, 'tidemark', 'Cut this tab’s connection')
  return createEditorPage({
    document: id,
    person,
    view,
    renamed(next) {
      savePerson(localStorage, next)
      view.text.introduce(next)
    },
  })
}

function demoPage(id: DocumentId): HTMLElement {
  document.title = `${id}: replicas · Tidemark`
  const panes = ['A', 'B', 'C'].map((letter, index) => {
    const person = { name: `Replica ${letter}`, color: personColors[index * 3] as string }
    const view = replicaView(id, person, `tidemark-demo-${letter.toLowerCase()}`, 'Cut')
    return { title: person.name, view }
  })
  return createDemoPage(id, panes)
}

function replicaView(id: DocumentId, person: Person, database: string, switchLabel: string): ReplicaView {
  return createReplicaView({
    document: id,
    person,
    random: Math.random,
    makeClient: (onError) =>
      createClient({
        url: relayUrl,
        name: database,
        token: () => localStorage.getItem(tokenKey) ?? '',
        onError,
      }),
    keepToken: (token) => localStorage.setItem(tokenKey, token),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    connectionSwitch: { name: database, label: switchLabel, storage: sessionStorage },
  })
}

/** A link may bring a token: `/d/notes#token=…`. What follows `#` is sent to no server, and leaves the address at once. */
function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  localStorage.setItem(tokenKey, token)
  history.replaceState(null, '', location.pathname + location.search)
}

/** Lets a reload work while the relay, which serves this page, is down. Where it cannot, nothing else is lost. */
function keepShell(): void {
  if (import.meta.env.PROD) navigator.serviceWorker?.register('/shell-worker.js').catch(() => {})
}
