import type { DocumentStatus } from '@tidemark/client'
import * as Y from 'yjs'
import type { Device } from './cast/device.ts'
import type { Person } from './cast/person.ts'
import type { StockPerson } from './cast/stock-person.ts'
import type { OpenDocument, Tab } from './cast/tab.ts'
import { handOverMsMax, storageMsMax } from './drills.ts'
import { Contents, effectOf } from './oracle/contents.ts'
import { mayOpen } from './oracle/may-open.ts'
import { Violation } from './oracle/violation.ts'
import { wrongPresence } from './rest-of-presence.ts'
import { createStockLeft, stockInPeace } from './rest-of-stock.ts'
import type { Scene } from './scene.ts'

/** L2: every edit held on a device is acknowledged or refused for good within this time of virtual time after the healing. */
const restMsMax = 60_000
/** L1: what one appends, all others have within this time while everything is healthy and everybody is there. */
const healthyDeliveryMsMax = 1_000
/** The same for somebody who has just come. */
const deliveryMsMax = 10_000
const attackWaves = 3
const attackMs = 15
const aftermathMs = 1_000

/** For what lies on a healthy network. */
const underWayMs = 100

/** On a healthy device: the time for which a page gathers what it has to store, and a commit. */
const writtenMs = 150

/** To look costs as much as a step. */
const lookEverySteps = 8

/**
 * Runs until nothing is left to do for these people, whatever befalls the others meanwhile. All that a client has to find
 * out by itself counts from the healing, not from the moment at which this begins to wait.
 */
export function comeToRest(scene: Scene, people: readonly Person[], healedMs: number): void {
  const byMs = healedMs + restMsMax
  // A status is as old as what has been heard: what was said before the healing is still on its way.
  scene.world.run(scene.world.nowMs + underWayMs)
  waitFor(scene, people, 'L2', byMs, 'everything is saved and live')
  // What a storage still has to answer says what is left on it.
  waitForStorage(scene, people)
  waitForOrphans(scene, people)
  waitFor(scene, people, 'L2', notBefore(scene, byMs, deliveryMsMax), 'everything is saved again')
  const goneByMs = healedMs + presenceMsMax(scene)
  const seenByMs = hasGhosts(scene, people) ? Math.max(byMs, goneByMs) : goneByMs
  waitForPresence(scene, people, notBefore(scene, seenByMs, deliveryMsMax))
  // A page that was rebuilt has told its app before it has told the device.
  scene.world.run(scene.world.nowMs + writtenMs)
  waitForStorage(scene, people)
  // What somebody had sent who is gone may have arrived meanwhile.
  waitFor(scene, people, 'L2', notBefore(scene, byMs, deliveryMsMax), 'everything is still saved')
}

/**
 * Those who are healed work on beside those who are not: what they write reaches them all. Who sits at a connection that
 * died unheard, and has nothing to send, finds that out meanwhile.
 */
export function workOn(scene: Scene, people: readonly Person[], healedMs: number): void {
  const byMs = healedMs + restMsMax
  editEverywhere(scene, people)
  const arrivedMs = notBefore(scene, byMs, deliveryMsMax)
  waitFor(scene, people, 'L1', arrivedMs, 'what the healed ones wrote has reached them')
  waitForPresence(scene, people, notBefore(scene, byMs, deliveryMsMax))
}

/**
 * Everybody makes one more edit, by which connections that are no more are found; one more under attack; and one more,
 * which must be everywhere at once. Then somebody comes who holds nothing, and must see all of it, and be seen.
 */
export function sayFarewell(scene: Scene, healedMs: number): void {
  workOn(scene, scene.people, healedMs)
  if (scene.strangers.length > 0) serveOn(scene)
  editNow(scene, scene.people, 'the last edits are everywhere')
  // What nobody could make, somebody new makes: who may read it finds that out by trying.
  const isMade = outsideOf(scene, [...scene.people, ...scene.stock]).size > 0
  scene.invite().openTab()
  editNow(scene, scene.people, 'somebody new has everything', isMade ? restMsMax : deliveryMsMax)
}

/** Which of these people are let into which documents only when something changes: by name. */
export function outsideOf(scene: Scene, people: readonly (Person | StockPerson)[]): ReadonlySet<string> {
  const outside = people.flatMap((person) => {
    const principal = 'device' in person ? person.device.name : person.host
    const closed = person.documents.filter((document) => !mayOpen(scene, principal, document))
    return closed.map((document) => `${document} of ${principal}`)
  })
  return new Set(outside)
}

/**
 * Whoever was not let in before, and is now that somebody has made the document, finds that out by trying: they have the
 * time for it that they have after a healing.
 */
export function comeIn(scene: Scene, people: readonly Person[], before: ReadonlySet<string>): void {
  const after = outsideOf(scene, people)
  if ([...before].every((place) => after.has(place))) return
  scene.count('let in later')
  waitFor(scene, people, 'L2', scene.world.nowMs + restMsMax, 'those who were let in later are live')
}

/** L1: what these people, who are all live, write and show now is everywhere in time. */
export function editNow(
  scene: Scene,
  people: readonly Person[],
  what: string,
  withinMs: number = healthyDeliveryMsMax,
): void {
  editEverywhere(scene, people)
  waitFor(scene, people, 'L1', scene.world.nowMs + withinMs, what)
  waitForPresence(scene, people, scene.world.nowMs + withinMs)
}

/** Somebody sits at a connection that died unheard: they are gone for the others until they find out, and come back. */
function hasGhosts({ network }: Scene, people: readonly Person[]): boolean {
  return people.some(({ tab }) => tab !== null && network.hasGhost(tab.process))
}

/** PRE2: who went without a word is gone for everybody after the relay's idle limit, which it looks at four times in that. */
function presenceMsMax({ relayLimits }: Scene): number {
  return relayLimits.idleMsMax * 1.25 + 2_000
}

/** A deadline that leaves time to do what has only now become possible. */
function notBefore({ world }: Scene, byMs: number, ownMs: number): number {
  return Math.max(byMs, world.nowMs + ownMs)
}

/** L4: while strangers do what they can, to the relay and to a document of their own, all others are served as before. */
function serveOn(scene: Scene): void {
  const { world } = scene
  // The first time opens their sessions; what they do in those should meet what people write.
  for (let wave = 0; wave < attackWaves; wave++) world.after(wave * attackMs, () => scene.provoke())
  world.run(world.nowMs + 2 * attackMs)
  editEverywhere(scene, scene.people)
  const byMs = world.nowMs + healthyDeliveryMsMax
  waitFor(scene, scene.people, 'L4', byMs, 'what people write under attack is everywhere')
  // What comes next is judged by what holds in peace.
  world.run(world.nowMs + aftermathMs)
}

function editEverywhere(scene: Scene, people: readonly Person[]): void {
  const { world } = scene
  for (const { name, tab, documents } of people) {
    for (const document of documents) {
      tab?.setPresence(document, { farewell: name, in: document })
      tab?.edit(document, (doc) => void doc.getMap('farewell').set(name, world.nowMs), `<farewell ${name}>`)
    }
  }
  for (const { name, tab } of stockInPeace(scene)) {
    for (const document of tab?.documents.keys() ?? [])
      tab?.edit(document, (doc) => void doc.getMap('farewell').set(name, world.nowMs), `<farewell ${name}>`)
  }
}

/** L7: a storage that works again is used again. */
function waitForStorage(scene: Scene, people: readonly Person[]): void {
  waitUntil(scene, 'L7', scene.world.nowMs + storageMsMax, 'the storages are used again', () =>
    firstOf(people, ({ device }, _tab, document, { handle: { status } }) => {
      if (device.store.isBusy) return 'transactions wait'
      // The page has moved on, and kept aside what it had; the device follows with a write of its own.
      const { lineage } = device.truth.placeOf(document) ?? {}
      const other = lineage !== undefined && lineage !== (scene.log.of(document)?.lineage ?? lineage)
      if (other && status.connection === 'live') return 'it holds another history'
      return status.error?.code.startsWith('store/') ? `${status.error.code}: ${status.error.message}` : null
    }),
  )
}

/** L8: what tabs that are gone left on a device after the living ones had read it is sent by one of those. */
function waitForOrphans(scene: Scene, people: readonly Person[]): void {
  const first = orphanOf(scene, people)
  if (first === null) return
  scene.count('edits came late to the device')
  const untilMs = scene.world.nowMs + handOverMsMax
  waitUntil(scene, 'L8', untilMs, 'what other tabs left is sent', () => orphanOf(scene, people))
}

function orphanOf(scene: Scene, people: readonly Person[]): string | null {
  for (const edit of scene.ledger.edits) {
    const { document, effect, token } = edit
    if (scene.isHalted(document) || scene.log.has(edit)) continue
    for (const { device, documents } of people) {
      if (!documents.includes(document) || scene.access.of(device.name, document) !== 'write') continue
      // What the log has held and lost is not unsent: to give it back takes a proof, which not every page has (S2). But
      // a storage that failed meanwhile may never have heard that it was sent.
      if (scene.log.hasHeld(edit) && !device.truth.holdsUnsent(document)) continue
      if (device.truth.has(document, effect)) return `${token} is on ${device.name}, and not in the log`
    }
  }
  return null
}

function waitFor(
  scene: Scene,
  people: readonly Person[],
  property: string,
  untilMs: number,
  what: string,
): void {
  waitUntil(scene, property, untilMs, what, createLeft(scene, people))
}

function waitForPresence(scene: Scene, people: readonly Person[], untilMs: number): void {
  waitUntil(scene, 'PRE2', untilMs, 'everybody sees who is there', () => wrongPresence(scene, people))
}

/** What is left to do for these people, and those with stock clients; null when nothing is. */
function createLeft(scene: Scene, people: readonly Person[]): () => string | null {
  const atLeast = headsOf(scene)
  const stockLeft = createStockLeft(scene)
  return () =>
    (scene.owner.isNeeded ? 'the owner has something to mend' : null) ??
    firstOf(people, (person, tab, document, open) =>
      person.isLeaving
        ? `a tab of ${person.name} is still being left`
        : leftIn(scene, person.device, tab, document, open, atLeast),
    ) ??
    stockLeft()
}

function waitUntil(
  { world }: Scene,
  property: string,
  untilMs: number,
  what: string,
  left: () => string | null,
): void {
  world.record('world', 'waiting', what)
  const fromMs = world.nowMs
  let steps = 0
  const looked = (): boolean => steps++ % lookEverySteps === 0 && left() === null
  if (world.run(untilMs, looked) || left() === null) return
  throw new Violation(property, `after ${Math.round(untilMs - fromMs)} ms, before ${what}: ${left()}`)
}

type Heads = ReadonlyMap<string, number>

function headsOf({ log, documents }: Scene): Heads {
  return new Map(documents.map((document) => [document, log.of(document)?.head ?? 0]))
}

/** The first thing that `look` finds in any document of these people; null when there is nothing. */
function firstOf(
  people: readonly Person[],
  look: (person: Person, tab: Tab, document: string, open: OpenDocument) => string | null,
): string | null {
  for (const person of people) {
    if (person.tab === null) return `${person.name} has no tab`
    if (!person.tab.process.running) return `${person.tab.process.name} stands still`
    for (const [document, open] of person.tab.documents) {
      const found = look(person, person.tab, document, open)
      if (found !== null) return `${document} in ${person.tab.process.name}: ${found}`
    }
  }
  return null
}

function leftIn(
  scene: Scene,
  { name }: Device,
  tab: Tab,
  document: string,
  open: OpenDocument,
  atLeast: Heads,
): string | null {
  const { connection, edits, error, access } = open.handle.status
  // S14: a damaged document is refused, and people are told.
  if (scene.isHalted(document) && error?.code === 'document/halted') return null
  const why = error ? `, ${error.code}: ${error.message}` : ''
  if (!mayOpen(scene, name, document))
    return isLetIn(connection) ? `there is no access, and the connection is ${connection}${why}` : null
  if (connection !== 'live') return `the connection is ${connection}${why}`
  const right = scene.access.of(name, document)
  if (access !== right) return `access is ${access} instead of ${right}`
  // Who may not write keeps what they wrote.
  if (right === 'write' && edits !== 'saved') return `edits are ${edits}${why}`
  return behindIn(scene, tab, document, open, atLeast)
}

/** Whoever is let in nowhere loses the connection, too, after a while, and comes back later. */
function isLetIn(connection: DocumentStatus['connection']): boolean {
  return connection === 'live' || connection === 'catching-up'
}

/** While others still write, a replica need not be at the head, but beyond where that was when the waiting began, if it still is. */
function behindIn(
  { log, network, phase }: Scene,
  tab: Tab,
  document: string,
  { handle }: OpenDocument,
  atLeast: Heads,
): string | null {
  const { seq, behind } = handle.status
  const head = log.of(document)?.head
  // What it is live in may be a history that is no more: a connection that died unheard still has to be found out.
  if (log.lossesOf(document) > 0 && network.hasGhost(tab.process))
    return 'it has not heard that its relay is gone'
  const isBehind =
    phase === 'healed'
      ? seq !== head || behind !== 0
      : (seq ?? 0) < Math.min(atLeast.get(document) ?? 0, head ?? 0)
  if (isBehind) return `seq is ${seq}, behind by ${behind}, and the log's head is ${head}`
  return phase === 'healed' && log.lossesOf(document) > 0
    ? apartFrom(log.of(document)?.reference ?? new Y.Doc(), handle)
    : null
}

/**
 * On an older copy the same seq may stand for other entries: a connection that died unheard still has to find out. And a
 * page that read its device after the relay shows what the log has lost, until it has compared.
 */
function apartFrom(reference: Y.Doc, { doc, status }: OpenDocument['handle']): string | null {
  if (lacksSomeOf(reference, doc)) return `it lacks something that the log has at seq ${status.seq}`
  const mayKeep = status.access !== 'write' || status.edits !== 'saved'
  return !mayKeep && lacksSomeOf(doc, reference) ? 'it shows something that the log has lost' : null
}

function lacksSomeOf(reference: Y.Doc, doc: Y.Doc): boolean {
  const own = Y.decodeStateVector(Y.encodeStateVector(doc))
  const there = Y.decodeStateVector(Y.encodeStateVector(reference))
  return (
    [...there].some(([client, clock]) => (own.get(client) ?? 0) < clock) || lacksDeletions(reference, doc)
  )
}

/** A deletion has no clock: that the log has lost one does not show in its state vector. */
function lacksDeletions(reference: Y.Doc, doc: Y.Doc): boolean {
  const contents = new Contents()
  contents.learn(effectOf(Y.encodeStateAsUpdate(doc)))
  const { deletes } = effectOf(Y.encodeStateAsUpdate(reference))
  return !contents.has({ structs: [], deletes })
}
