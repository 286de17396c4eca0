import { createHash } from 'node:crypto'
import { digest as sha256 } from 'lib0/hash/sha256'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { digest } from './digest.ts'
import { merge } from './merge.ts'
import {
  below,
  craftItem,
  craftText,
  craftUpdate,
  createRandom,
  createRoom,
  formatContent,
  hexOf,
  type Id,
  shuffle,
  typeContent,
} from './testing/index.ts'

function replicaOf(updates: readonly Uint8Array[], options: { gc?: boolean } = {}): Y.Doc {
  const doc = new Y.Doc({ gc: options.gc ?? true })
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

/** The ids of all items of the text, in their order. */
function idsOf(doc: Y.Doc): string {
  const ids: string[] = []
  for (let item = doc.getText('t')._start; item !== null; item = item.right) ids.push(JSON.stringify(item.id))
  return ids.join()
}

function digestOf(doc: Y.Doc): string {
  const bytes = digest(doc)
  if (bytes === null) throw new Error('pending')
  return hexOf(bytes)
}

function logOf(seed: number): readonly Uint8Array[] {
  const room = createRoom(seed)
  for (let i = 0; i < 100; i++) room.step()
  room.settle()
  room.close()
  return room.log
}

const seeds = Array.from({ length: 12 }, (_, i) => i)

describe('[C6] replicas of one log have one digest', () => {
  test.each(seeds)('however they came to it (seed %i)', (seed) => {
    const random = createRandom(seed)
    const room = createRoom(seed)
    for (let i = 0; i < 100; i++) room.step()
    room.settle()
    const { log } = room
    const doc = replicaOf(log)
    const withoutGc = replicaOf(log, { gc: false })
    const half = Math.floor(log.length / 2)
    const v2 = new Y.Doc()
    Y.applyUpdateV2(v2, Y.encodeStateAsUpdateV2(withoutGc))
    const replicas: Record<string, Y.Doc> = {
      'without collecting': withoutGc,
      'in another order': replicaOf(shuffle(random, log)),
      'in the reverse order': replicaOf(log.toReversed(), { gc: false }),
      'twice each': replicaOf(log.flatMap((update) => [update, update])),
      'as one update': replicaOf([merge(log)]),
      'from a collected replica': replicaOf([Y.encodeStateAsUpdate(doc)], { gc: false }),
      'from a replica with all deleted content': replicaOf([Y.encodeStateAsUpdate(withoutGc)]),
      'from a replica and then the log': replicaOf([
        Y.encodeStateAsUpdate(replicaOf(log.slice(0, half))),
        ...log,
      ]),
      'by V2': v2,
    }
    const expected = digestOf(doc)
    for (const [how, replica] of Object.entries(replicas)) expect(digestOf(replica), how).toBe(expected)
    for (const { doc: replica } of room.authors) expect(digestOf(replica), 'an author').toBe(expected)
    room.close()
  })

  test('whatever roots they asked for, and as what', () => {
    const log = logOf(1)
    const asked = replicaOf(log)
    asked.getMap('never used')
    asked.getText('text').toDelta()
    expect(digestOf(asked)).toBe(digestOf(replicaOf(log)))
  })

  test('whatever the order of keys', () => {
    const keys = (order: string[]) => {
      const doc = new Y.Doc()
      doc.clientID = 1
      doc.getMap('m').set('k', Object.fromEntries(order.map((key) => [key, 1])))
      return digestOf(doc)
    }
    expect(keys(['a', 'b'])).toBe(keys(['b', 'a']))
    expect(keys(['a', 'b'])).not.toBe(keys(['a', 'c']))
  })

  test('also when an author still holds what does not travel', () => {
    const doc = new Y.Doc()
    doc
      .getMap('m')
      .set('k', { at: new Date(0), call: () => 1, nan: Number.NaN, minus: -0, list: [undefined] })
    doc
      .getText('t')
      .insert(0, 'x', { style: { at: new Date(0), gone: undefined, nan: Number.NaN, minus: -0 } })
    doc.getText('t').insertEmbed(0, { at: new Date(0), gone: undefined })
    expect(digestOf(replicaOf([Y.encodeStateAsUpdate(doc)]))).toBe(digestOf(doc))
  })
})

describe('[C6] it does not matter where one item ends and the next begins', () => {
  /** What Yjs does while a transaction runs, and mostly undoes at its end. */
  function split(doc: Y.Doc, left: Y.Item, offset: number): void {
    const { client, clock } = left.id
    const content = left.content.splice(offset)
    const id = Y.createID(client, clock + offset)
    const origin = Y.createID(client, clock + offset - 1)
    const right = new Y.Item(
      id,
      left,
      origin,
      left.right,
      left.rightOrigin,
      left.parent,
      left.parentSub,
      content,
    )
    if (left.deleted) right.markDeleted()
    left.right = right
    left.length = offset
    doc.store.clients.get(client)?.push(right)
  }

  test.each([
    ['text', (doc: Y.Doc) => doc.getText('r').insert(0, 'abcd')],
    ['values', (doc: Y.Doc) => doc.getArray('r').push([1, 2, 3, 4])],
    ['deleted text', (doc: Y.Doc) => (doc.getText('r').insert(0, 'abcd'), doc.getText('r').delete(0, 4))],
  ])('in %s', (_, edit) => {
    const doc = new Y.Doc()
    edit(doc)
    const whole = digestOf(doc)
    const first = doc.share.get('r')?._start
    if (!first) throw new Error('no item')
    split(doc, first, 1)
    expect(doc.store.clients.get(doc.clientID)).toHaveLength(2)
    expect(digestOf(doc)).toBe(whole)
  })
})

describe('[C6] replicas that differ have different digests', () => {
  const section = (...structs: Uint8Array[]) => [{ client: 7, clock: 0, structs }]
  const base = craftUpdate([{ client: 1, clock: 0, structs: [craftText('xy')] }])
  const between = (origin: Id, rightOrigin: Id) => craftText('A', { origin, rightOrigin })
  const onBase = (update: Uint8Array) => replicaOf([base, update])

  test.each([
    ['other content for the same clocks', craftText('AAA'), craftText('BBB')],
    ['another place for the same content', between([1, 0], [1, 1]), craftText('A', { origin: [1, 1] })],
    ['another parent', craftText('A', { parent: 't' }), craftText('A', { parent: 'u' })],
    ['another key', craftText('A', { parent: 'm', key: 'a' }), craftText('A', { parent: 'm', key: 'b' })],
    ['another type', craftItem({ content: typeContent(0) }), craftItem({ content: typeContent(1) })],
    [
      'another element',
      craftItem({ content: typeContent(3, 'p') }),
      craftItem({ content: typeContent(3, 'q') }),
    ],
    [
      'another mark',
      craftItem({ content: formatContent('b', '1') }),
      craftItem({ content: formatContent('b', '2') }),
    ],
  ])('%s', (_, a, b) => {
    const [left, right] = [onBase(craftUpdate(section(a))), onBase(craftUpdate(section(b)))]
    // Yjs itself sees no difference: neither would send the other anything.
    expect(Y.encodeStateVector(left)).toEqual(Y.encodeStateVector(right))
    expect(digestOf(left)).not.toBe(digestOf(right))
  })

  test('a deletion, which the state vector does not show', () => {
    const doc = onBase(craftUpdate([]))
    const before = digestOf(doc)
    doc.getText('t').delete(0, 1)
    expect(digestOf(doc)).not.toBe(before)
  })

  test('the order in which two equivocating updates came, where it shows', () => {
    const left = craftUpdate(section(craftText('AAA')))
    const right = craftUpdate(section(craftText('BBB')))
    expect(digestOf(replicaOf([left, right]))).not.toBe(digestOf(replicaOf([right, left])))
  })

  test('crafted origins that put the same items in another order, wherever it shows', () => {
    const random = createRandom(1)
    const text = craftUpdate([{ client: 1, clock: 0, structs: [craftText('abcdef')] }])
    const item = () => craftText('x', { origin: [1, below(random, 6)], rightOrigin: [1, below(random, 6)] })
    const found = { different: 0, told: 0 }
    for (let i = 0; i < 200; i++) {
      const log = [10, 11, 12, 13].map((client) => craftUpdate([{ client, clock: 0, structs: [item()] }]))
      const [left, right] = [replicaOf([text, ...log]), replicaOf([text, ...log.toReversed()])] as const
      const differ = idsOf(left) !== idsOf(right)
      if (differ) found.different++
      if (differ && digestOf(left) !== digestOf(right)) found.told++
    }
    expect(found.different).toBeGreaterThan(20)
    expect(found.told).toBe(found.different)
  })

  test('a pair of surrogates that a replica has split for itself', () => {
    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'x😀y')
    const other = replicaOf([Y.encodeStateAsUpdate(doc)])
    doc.getText('t').format(0, 2, { bold: null })
    expect(doc.getText('t').toJSON()).not.toBe(other.getText('t').toJSON())
    expect(digestOf(doc)).not.toBe(digestOf(other))
  })

  test('another sub-document', () => {
    const holding = (guid: string) => {
      const doc = new Y.Doc()
      doc.clientID = 1
      doc.getMap('m').set('k', new Y.Doc({ guid }))
      return digestOf(doc)
    }
    expect(holding('a')).not.toBe(holding('b'))
  })
})

test('[C6] there is no digest while anything is pending', () => {
  const log = logOf(2)
  const doc = replicaOf([merge(log.slice(1, 8))])
  expect(digest(doc)).toBeNull()
  Y.applyUpdate(doc, log[0] as Uint8Array)
  expect(digest(doc)).not.toBeNull()
})

test('types nested ten thousand deep do not exhaust the stack', () => {
  const nested = Array.from({ length: 10_000 }, (_, i) =>
    craftItem({ parent: i === 0 ? 't' : [7, i - 1], content: typeContent(0) }),
  )
  expect(digest(replicaOf([craftUpdate([{ client: 7, clock: 0, structs: nested }])]))).toHaveLength(32)
})

test('the digest of a document stays what it is', () => {
  const doc = new Y.Doc()
  doc.clientID = 1
  doc.getText('t').insert(0, 'hello', { bold: true })
  doc.getText('t').delete(1, 2)
  doc.getMap('m').set('k', [1, 'two', { three: null }])
  doc.getXmlFragment('x').insert(0, [new Y.XmlElement('p')])
  expect(digestOf(doc)).toMatchInlineSnapshot(
    `"13b670233dcdd28eaadeab5c1158940876c9f17b12090a5dfa86c6724753c745"`,
  )
  expect(hexOf(digest(new Y.Doc()) ?? new Uint8Array())).toMatchInlineSnapshot(
    `"47dc540c94ceb704a23875c11273e16bb0b8a87aed84de911f2133568115f254"`,
  )
})

test('the hash is SHA-256 at every length of the last block', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i)
    expect(hexOf(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})
