import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { inspect } from './inspect.ts'
import type { Inspection, RefusalReason } from './inspection.ts'
import { createKnown, type Known, learn } from './known.ts'
import { clockMax, inspectLimitsDefault } from './limits.ts'
import { encodeStateVector } from './state-vector.ts'
import {
  bytesContent,
  bytesOf,
  type CraftedContent,
  concat,
  craftCollected,
  craftItem,
  craftText,
  craftUpdate,
  deletedContent,
  embedContent,
  formatContent,
  hexOf,
  jsonContent,
  numbers,
  subdocumentContent,
  textContent,
  typeContent,
  valueContent,
} from './testing/index.ts'
import { pendingOf } from './yjs-internals.ts'

function knowing(...updates: Uint8Array[]): Known {
  const known = createKnown()
  for (const update of updates) {
    const inspection = inspect(update, known)
    if (inspection.kind !== 'accepted') throw new Error(`not accepted: ${inspection.kind}`)
    learn(known, inspection)
  }
  return known
}

/** One item of client 7 with this content, in a root type. */
function updateOf(content: CraftedContent): Uint8Array {
  return craftUpdate([{ client: 7, clock: 0, structs: [craftItem({ content })] }])
}

/** The reason when it is refused, else the kind of the inspection. */
function verdictOf(update: Uint8Array, known: Known = createKnown()): RefusalReason | Inspection['kind'] {
  const inspection = inspect(update, known)
  return inspection.kind === 'refused' ? inspection.reason : inspection.kind
}

interface PoisonCase {
  readonly name: string
  readonly hex: string
  readonly verdict: Inspection['kind']
  readonly reason?: RefusalReason
  readonly client?: number
  readonly has?: number
}

interface PoisonFile {
  readonly base: string
  readonly baseStateVector: string
  readonly cases: readonly PoisonCase[]
}

const poisonFile = new URL('../fixtures/poison-updates.json', import.meta.url)
const poison = JSON.parse(readFileSync(poisonFile, 'utf8')) as PoisonFile
const base = bytesOf(poison.base)

describe('crafted updates on one base document', () => {
  test('the base itself is accepted, and leaves its state vector', () => {
    expect(hexOf(encodeStateVector(knowing(base)))).toBe(poison.baseStateVector)
  })

  test.each(poison.cases)('[ADM1] $name is $verdict', ({ hex, verdict, reason, client, has }) => {
    const expected =
      verdict === 'refused'
        ? { kind: verdict, reason }
        : verdict === 'gap'
          ? { kind: verdict, client, has }
          : { kind: verdict }
    expect(inspect(bytesOf(hex), knowing(base))).toMatchObject(expected)
  })

  const accepted = poison.cases.filter(({ verdict }) => verdict === 'accepted')
  test.each(accepted)('[ADM1] Yjs applies $name, keeps nothing pending, and loads the result', ({ hex }) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, base)
    Y.applyUpdate(doc, bytesOf(hex))
    expect(pendingOf(doc)).toBe(false)
    const reloaded = new Y.Doc()
    Y.applyUpdate(reloaded, Y.encodeStateAsUpdate(doc))
    expect(Y.encodeStateVector(reloaded)).toEqual(Y.encodeStateVector(doc))
  })

  test('[ADM2] clocks taken in the name of another client are named: whose they are, only the caller knows', () => {
    const hijack = poison.cases.find(({ name }) => name === 'hijackGC')
    const inspection = inspect(bytesOf(hijack?.hex ?? ''), knowing(base))
    expect(inspection).toMatchObject({ adds: [{ client: 1, clock: 15, length: 2 ** 40 }] })
  })
})

describe('what makes Yjs throw after it has integrated a part', () => {
  const ok = craftText('ok')
  const update = (second: Uint8Array) => craftUpdate([{ client: 7, clock: 0, structs: [ok, second] }])

  test.each([
    ['origin', craftText('bad', { origin: [7, 99] })],
    ['right origin', craftText('bad', { rightOrigin: [7, 99] })],
    ['parent', craftText('bad', { parent: [7, 99] })],
    ['origin that is itself', craftText('bad', { origin: [7, 2] })],
  ])('[ADM1] an item whose %s is in its own future is refused', (_, item) => {
    expect(verdictOf(update(item))).toBe('own-future')
  })

  test('[ADM1] an item may refer to the one directly before it', () => {
    expect(verdictOf(update(craftText('good', { origin: [7, 1] })))).toBe('accepted')
  })

  test('[ADM1] an update without its last byte is refused, and so is one without any number of last bytes', () => {
    for (let length = 0; length < base.length; length++) {
      expect(inspect(base.subarray(0, length), createKnown()).kind, `first ${length} bytes`).toBe('refused')
    }
  })

  test('[ADM1] bytes after the end are refused', () => {
    expect(verdictOf(concat(base, numbers(0)))).toBe('trailing-bytes')
  })
})

describe('what can be applied and never be loaded again', () => {
  test('[ADM1] a collected struct of length 0 is refused', () => {
    expect(verdictOf(bytesOf('01 01 07 00 00 00 00'))).toBe('empty-struct')
  })

  test.each([
    ['deleted', deletedContent(0)],
    ['text', textContent('')],
    ['JSON', jsonContent()],
    ['value', valueContent()],
  ])('[ADM1] %s content of length 0 is refused', (_, content) => {
    expect(verdictOf(updateOf(content))).toBe('empty-struct')
  })

  test('[ADM1] a deletion of length 0 is refused, also of an unknown client', () => {
    expect(verdictOf(bytesOf('00 01 e707 01 02 00'))).toBe('empty-delete')
  })

  test('[ADM1] a client without structs, or without deletions, is refused', () => {
    expect(verdictOf(craftUpdate([{ client: 7, clock: 0, structs: [] }]))).toBe('empty-section')
    expect(verdictOf(craftUpdate([], [{ client: 7, ranges: [] }]))).toBe('empty-section')
  })

  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const nestedKeys = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  const { depthMax } = inspectLimitsDefault

  test.each([
    ['embed', embedContent],
    ['format', (json: string) => formatContent('k', json)],
    ['JSON', jsonContent],
  ])('[LIM1] JSON in %s content may be nested as deep as the limit and no deeper', (_, content) => {
    expect(verdictOf(updateOf(content(nested(depthMax))))).toBe('accepted')
    expect(verdictOf(updateOf(content(nested(depthMax + 1))))).toBe('too-deep')
    expect(verdictOf(updateOf(content(nestedKeys(depthMax))))).toBe('accepted')
    expect(verdictOf(updateOf(content(nestedKeys(depthMax + 1))))).toBe('too-deep')
    expect(verdictOf(updateOf(content(nested(20_000))))).toBe('too-deep')
  })

  test('[LIM1] values may be nested as deep as the limit and no deeper', () => {
    const lists = (depth: number) => bytesOf('7501'.repeat(depth - 1) + '7500')
    const objects = (depth: number) => bytesOf('76010161'.repeat(depth) + '7e')
    expect(verdictOf(updateOf(valueContent(lists(depthMax))))).toBe('accepted')
    expect(verdictOf(updateOf(valueContent(lists(depthMax + 1))))).toBe('too-deep')
    expect(verdictOf(updateOf(valueContent(objects(depthMax))))).toBe('accepted')
    expect(verdictOf(updateOf(valueContent(objects(depthMax + 1))))).toBe('too-deep')
    expect(verdictOf(updateOf(valueContent(lists(20_000))))).toBe('too-deep')
  })
})

describe('what is read in two ways by Yjs itself', () => {
  const a = craftText('AAA')
  const b = craftText('BBB')

  test('[ADM1] two sections for one client are refused: whoever applies sees the last, whoever merges sees both', () => {
    const sections = [a, b].map((struct) => ({ client: 7, clock: 0, structs: [struct] }))
    expect(verdictOf(craftUpdate(sections))).toBe('client-order')
  })

  test('[ADM1] ascending clients are refused: merging would drop one of them', () => {
    const section = (client: number, struct: Uint8Array) => ({ client, clock: 0, structs: [struct] })
    expect(verdictOf(craftUpdate([section(7, a), section(8, b)]))).toBe('client-order')
    expect(verdictOf(craftUpdate([section(8, b), section(7, a)]))).toBe('accepted')
  })

  test.each([
    ['a placeholder with flags', '8a 07 00 03', 'struct-kind'],
    ['a placeholder of length 0', '0a 00', 'empty-struct'],
    ['a placeholder for what is at the end', '0a 03', 'struct-kind'],
    ['a collected struct with flags', '40 07 00 03', 'struct-kind'],
    ['a struct of kind 11', '0b 01 0174 01', 'struct-kind'],
    ['a struct of kind 31', '1f 01 0174 01', 'struct-kind'],
  ] as const)('[ADM1] %s is refused', (_, struct, reason) => {
    expect(verdictOf(craftUpdate([{ client: 7, clock: 0, structs: [bytesOf(struct)] }]))).toBe(reason)
  })

  test.each(['1e400', '-1e400', '-0', '-0.0', '-1e-400', '[1,{"a":-0}]', `1${'0'.repeat(400)}`])(
    '[ADM1] JSON %s is refused: it changes when it is written again',
    (json) => {
      expect(verdictOf(updateOf(embedContent(json)))).toBe('json')
    },
  )

  test('[ADM1] an object with the key __proto__ is refused: it would be its prototype, and be lost when written again', () => {
    const object = concat(bytesOf('76 01 09'), new TextEncoder().encode('__proto__'), bytesOf('76 00'))
    expect(verdictOf(updateOf(valueContent(object)))).toBe('value')
    expect(verdictOf(updateOf(valueContent(concat(bytesOf('75 02 7e'), object))))).toBe('value')
  })

  test.each(['7e', '7d05', '7500', '7f'])('[ADM1] options %s of a sub-document are refused', (options) => {
    const bytes = options === 'null' ? bytesOf('7e') : bytesOf(options)
    expect(verdictOf(updateOf(subdocumentContent('guid', bytes)))).toBe('subdocument')
  })
})

describe('numbers', () => {
  const clientOf = (bytes: Uint8Array) => concat(numbers(1, 1), bytes, numbers(0), craftText('a'), numbers(0))

  test('[ADM1] a number is at most 2^53 - 1', () => {
    expect(verdictOf(clientOf(bytesOf('ffffffffffffff 0f')))).toBe('accepted')
    expect(verdictOf(clientOf(bytesOf('80808080808080 10')))).toBe('number-too-large')
    expect(verdictOf(clientOf(bytesOf('ffffffffffffffff 0f')))).toBe('number-too-large')
  })

  test('[ADM1] a number has one encoding', () => {
    expect(verdictOf(clientOf(bytesOf('87 00')))).toBe('number-overlong')
    expect(verdictOf(clientOf(bytesOf('80808080808080808000')))).toBe('number-overlong')
    expect(verdictOf(updateOf(valueContent(bytesOf('7d 8000'))))).toBe('number-overlong')
    // To lib0 this is not a number: zero times infinity.
    expect(verdictOf(updateOf(valueContent(bytesOf(`7d ${'80'.repeat(150)} 01`))))).toBe('number-overlong')
  })

  test('[ADM1] a signed number is at most 2^53 - 1', () => {
    expect(verdictOf(updateOf(valueContent(bytesOf('7d bfffffffffffff 1f'))))).toBe('accepted')
    expect(verdictOf(updateOf(valueContent(bytesOf('7d bfffffffffffff 3f'))))).toBe('number-too-large')
  })

  test('[LIM1] a clock ends at 2^48, for structs and for deletions', () => {
    const collected = (length: number) =>
      craftUpdate([{ client: 7, clock: 0, structs: [craftCollected(length)] }])
    expect(verdictOf(collected(clockMax))).toBe('accepted')
    expect(verdictOf(collected(clockMax + 1))).toBe('clock-too-large')
    expect(inspect(craftUpdate([], [{ client: 7, ranges: [[0, clockMax]] }]), createKnown()).kind).toBe('gap')
    expect(verdictOf(craftUpdate([], [{ client: 7, ranges: [[1, clockMax]] }]))).toBe('clock-too-large')
  })

  test.each([
    ['sections', '04 000000', 0],
    ['structs', '01 04 07 00 000000', 1],
    ['text', '01 01 07 00 04 01 0174 04 000000', 9],
    ['bytes', '01 01 07 00 03 01 0174 04 000000', 9],
    ['JSON', '01 01 07 00 02 01 0174 04 000000', 8],
    ['values', '01 01 07 00 08 01 0174 04 000000', 8],
    ['items of a list', '01 01 07 00 08 01 0174 01 75 04 000000', 10],
    ['entries of an object', '01 01 07 00 08 01 0174 01 76 02 000000', 10],
    ['clients of deletions', '00 02 000000', 1],
    ['deletions', '00 01 07 02 000000', 3],
  ])('[LIM1] a count of %s that the bytes left cannot hold is refused where it stands', (_, hex, offset) => {
    expect(inspect(bytesOf(hex), createKnown())).toMatchObject({ reason: 'end-of-input', offset })
  })

  test.each(['80808080808002', '01 ffffff0f 07 00', '01 01 07 00 08 01 0174 ffffff7f', '00 ffffffff07'])(
    '[LIM1] a count of millions in a few bytes (%s) is refused',
    (hex) => {
      expect(verdictOf(bytesOf(hex))).toBe('end-of-input')
    },
  )
})

describe('limits', () => {
  const structs = (count: number) => {
    const items = Array.from({ length: count }, () => craftText('a'))
    return craftUpdate([{ client: 7, clock: 0, structs: items }])
  }
  const deletes = (count: number) => {
    const ranges = Array.from({ length: count }, (_, i) => [2 * i, 1] as const)
    return craftUpdate([], [{ client: 7, ranges }])
  }

  test('[LIM1] an update has at most so many structs, over all its clients', () => {
    const limits = { ...inspectLimitsDefault, structsMax: 3 }
    expect(inspect(structs(3), createKnown(), limits).kind).toBe('accepted')
    expect(inspect(structs(4), createKnown(), limits)).toMatchObject({ reason: 'too-many-structs' })
    const two = [craftText('a'), craftText('a')]
    const sections = [8, 7].map((client) => ({ client, clock: 0, structs: two }))
    expect(inspect(craftUpdate(sections), createKnown(), limits)).toMatchObject({
      reason: 'too-many-structs',
    })
  })

  test('[LIM1] an update has at most so many deletions', () => {
    const limits = { ...inspectLimitsDefault, deletesMax: 3 }
    const known = knowing(structs(10))
    expect(inspect(deletes(3), known, limits).kind).toBe('accepted')
    expect(inspect(deletes(4), known, limits)).toMatchObject({ reason: 'too-many-deletes' })
  })

  test('[LIM1] the name of a root type has at most so many bytes', () => {
    const named = (name: string) =>
      craftUpdate([{ client: 7, clock: 0, structs: [craftText('a', { parent: name })] }])
    expect(verdictOf(named('n'.repeat(1024)))).toBe('accepted')
    expect(verdictOf(named('é'.repeat(512)))).toBe('accepted')
    expect(verdictOf(named('n'.repeat(1025)))).toBe('root-name')
    expect(verdictOf(named('é'.repeat(513)))).toBe('root-name')
  })
})

describe('structs', () => {
  test.each([
    ['collected', craftCollected(3), 3],
    ['deleted', craftItem({ content: deletedContent(4) }), 4],
    ['JSON', craftItem({ content: jsonContent('1', 'undefined', '"x"') }), 3],
    ['bytes', craftItem({ content: bytesContent(bytesOf('010203')) }), 1],
    ['ASCII', craftText('abc'), 3],
    ['text of two and three bytes a character', craftText('éß漢'), 3],
    ['text with surrogate pairs', craftText('a😀b👍🏽'), 8],
    ['embed', craftItem({ content: embedContent('{"a":[1,2]}') }), 1],
    ['format', craftItem({ content: formatContent('bold', 'true') }), 1],
    [
      'values',
      craftItem({ content: valueContent(bytesOf('7e'), bytesOf('7d01'), bytesOf('7502 7e 78')) }),
      3,
    ],
    ['sub-document', craftItem({ content: subdocumentContent('guid', bytesOf('7600')) }), 1],
    ...[0, 1, 2, 4, 6].map((ref) => [`type ${ref}`, craftItem({ content: typeContent(ref) }), 1] as const),
    ...[3, 5].map((ref) => [`type ${ref}`, craftItem({ content: typeContent(ref, 'p') }), 1] as const),
  ] as const)('%s has the length that Yjs gives it', (_, struct, length) => {
    const update = craftUpdate([{ client: 7, clock: 0, structs: [struct] }])
    expect(inspect(update, createKnown())).toMatchObject({ structs: [{ client: 7, clock: 0, length }] })
    expect(Y.decodeStateVector(Y.encodeStateVectorFromUpdate(update)).get(7)).toBe(length)
  })

  test('[ADM1] a shared type that Yjs does not have is refused', () => {
    expect(verdictOf(updateOf(typeContent(7)))).toBe('type')
  })

  test('[ADM1] a parent is a root or an item', () => {
    expect(verdictOf(bytesOf('01 01 07 00 04 02 0174 0161 00'))).toBe('parent-info')
  })

  test('[ADM1] an item between a character and itself is refused', () => {
    const item = craftText('b', { origin: [7, 0], rightOrigin: [7, 0] })
    expect(verdictOf(craftUpdate([{ client: 7, clock: 0, structs: [craftText('a'), item] }]))).toBe(
      'origin-is-right-origin',
    )
    const between = craftText('b', { origin: [7, 0], rightOrigin: [7, 1] })
    expect(verdictOf(craftUpdate([{ client: 7, clock: 0, structs: [craftText('ab'), between] }]))).toBe(
      'accepted',
    )
  })

  test('[ADM1] what makes no sense to an editor is accepted: only a schema could tell', () => {
    const inXml = { parent: 'x' }
    expect(
      verdictOf(
        craftUpdate([{ client: 7, clock: 0, structs: [craftItem({ ...inXml, content: typeContent(1) })] }]),
      ),
    ).toBe('accepted')
    expect(
      verdictOf(
        craftUpdate([
          { client: 7, clock: 0, structs: [craftItem({ content: valueContent(bytesOf('7e')) })] },
        ]),
      ),
    ).toBe('accepted')
  })
})

describe('gaps', () => {
  const known = knowing(craftUpdate([{ client: 5, clock: 0, structs: [craftText('hello')] }]))
  const structs = (struct: Uint8Array, client = 7, clock = 0) =>
    craftUpdate([{ client, clock, structs: [struct] }])

  test.each([
    [
      'begins above the next clock of its client',
      structs(craftText('a'), 5, 6),
      { client: 5, has: 5, needs: 5 },
    ],
    ['begins above 0 for a new client', structs(craftText('a'), 7, 3), { client: 7, has: 0, needs: 2 }],
    ['has an unknown origin', structs(craftText('a', { origin: [5, 5] })), { client: 5, has: 5, needs: 5 }],
    [
      'has an unknown right origin',
      structs(craftText('a', { rightOrigin: [6, 0] })),
      { client: 6, has: 0, needs: 0 },
    ],
    ['has an unknown parent', structs(craftText('a', { parent: [5, 9] })), { client: 5, has: 5, needs: 9 }],
    [
      'deletes what is unknown',
      craftUpdate([], [{ client: 5, ranges: [[3, 3]] }]),
      { client: 5, has: 5, needs: 5 },
    ],
    [
      'deletes of an unknown client',
      craftUpdate([], [{ client: 6, ranges: [[0, 1]] }]),
      { client: 6, has: 0, needs: 0 },
    ],
  ])('[R2] an update that %s has a gap', (_, update, gap) => {
    expect(inspect(update, known)).toMatchObject({ kind: 'gap', ...gap })
  })

  test.each([
    ['the last known character', structs(craftText('a', { origin: [5, 4] }))],
    [
      'what stands later in the same update',
      craftUpdate([
        { client: 7, clock: 0, structs: [craftText('a', { origin: [6, 0] })] },
        { client: 6, clock: 0, structs: [craftText('b')] },
      ]),
    ],
    [
      'what stands earlier in the same update',
      craftUpdate([
        { client: 7, clock: 0, structs: [craftText('a')] },
        { client: 6, clock: 0, structs: [craftText('b', { origin: [7, 0] })] },
      ]),
    ],
  ])('[R2] an update that refers to %s has none', (_, update) => {
    expect(verdictOf(update, known)).toBe('accepted')
  })

  test('[R2] deletions may reach to the end of what is known or added, not beyond', () => {
    const both = (length: number) =>
      craftUpdate(
        [{ client: 5, clock: 5, structs: [craftText('!!')] }],
        [{ client: 5, ranges: [[0, length]] }],
      )
    expect(verdictOf(both(7), known)).toBe('accepted')
    expect(inspect(both(8), known)).toMatchObject({ kind: 'gap', client: 5, needs: 7 })
  })

  test('[R2] of several gaps the first is named', () => {
    const update = craftUpdate([
      { client: 9, clock: 3, structs: [craftText('a')] },
      { client: 8, clock: 0, structs: [craftText('a', { origin: [6, 1] })] },
      { client: 7, clock: 5, structs: [craftText('a')] },
    ])
    expect(inspect(update, known)).toMatchObject({ client: 9, needs: 2 })
  })

  test('[ADM1] poison is refused even where something is missing before it', () => {
    const gapThenPoison = craftUpdate([{ client: 7, clock: 5, structs: [craftText('a'), craftCollected(0)] }])
    expect(verdictOf(gapThenPoison)).toBe('empty-struct')
  })
})

describe('clients that wait for each other', () => {
  test("[ADM1] two items that are each other's origin are refused", () => {
    const update = craftUpdate([
      { client: 8, clock: 0, structs: [craftText('A', { origin: [7, 0] })] },
      { client: 7, clock: 0, structs: [craftText('B', { origin: [8, 0] })] },
    ])
    expect(verdictOf(update)).toBe('cycle')
  })

  test('[R2] two clients that answer each other in turns are accepted', () => {
    const update = craftUpdate([
      {
        client: 8,
        clock: 0,
        structs: [craftText('A'), craftText('C', { origin: [7, 0] }), craftText('E', { origin: [7, 1] })],
      },
      {
        client: 7,
        clock: 0,
        structs: [craftText('B', { origin: [8, 0] }), craftText('D', { origin: [8, 1] })],
      },
    ])
    expect(verdictOf(update)).toBe('accepted')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, update)
    expect(doc.getText('t').toJSON()).toBe('ABCDE')
  })
})

describe('deletions', () => {
  const known = knowing(craftUpdate([{ client: 5, clock: 0, structs: [craftText('0123456789')] }]))
  const deletes = (...ranges: [number, number][]) => craftUpdate([], [{ client: 5, ranges }])

  test('[ADM1] ranges ascend and do not overlap; they may touch', () => {
    expect(verdictOf(deletes([0, 2], [2, 1], [5, 1]), known)).toBe('accepted')
    expect(verdictOf(deletes([0, 3], [2, 1]), known)).toBe('delete-order')
    expect(verdictOf(deletes([5, 1], [0, 1]), known)).toBe('delete-order')
  })

  test('[ADM1] clients descend', () => {
    const twice = craftUpdate(
      [],
      [
        { client: 5, ranges: [[0, 1]] },
        { client: 5, ranges: [[1, 1]] },
      ],
    )
    expect(verdictOf(twice, known)).toBe('delete-order')
  })

  test('[C3] a deletion is new where the log lacks it', () => {
    const later = createKnown()
    later.clocks.set(5, 10)
    later.deleted.set(5, [2, 4, 6, 7])
    expect(inspect(deletes([0, 9]), later)).toMatchObject({
      kind: 'accepted',
      structs: [],
      deletes: [{ client: 5, clock: 0, length: 9 }],
      newDeletes: [
        { client: 5, clock: 0, length: 2 },
        { client: 5, clock: 4, length: 2 },
        { client: 5, clock: 7, length: 2 },
      ],
    })
  })
})

describe('what an accepted update says', () => {
  const hello = craftUpdate(
    [{ client: 5, clock: 0, structs: [craftText('hello')] }],
    [{ client: 5, ranges: [[1, 2]] }],
  )
  const more = craftUpdate([
    { client: 7, clock: 0, structs: [craftText('x', { origin: [5, 2] })] },
    { client: 5, clock: 3, structs: [craftText('lo!!', { origin: [5, 2] })] },
  ])

  test('it names what it adds, what it repeats, and what it needs', () => {
    expect(inspect(more, knowing(hello))).toEqual({
      kind: 'accepted',
      structs: [
        { client: 7, clock: 0, length: 1 },
        { client: 5, clock: 3, length: 4 },
      ],
      adds: [
        { client: 7, clock: 0, length: 1 },
        { client: 5, clock: 5, length: 2 },
      ],
      deletes: [],
      newDeletes: [],
      dependencies: new Map([[5, 3]]),
      overlap: 'some',
      deletesOffset: more.length - 1,
    })
  })

  test('it needs nothing that it carries itself', () => {
    expect(inspect(hello, createKnown())).toMatchObject({ overlap: 'none', dependencies: new Map() })
    const whole = craftUpdate([
      { client: 7, clock: 0, structs: [craftText('x', { origin: [5, 2] })] },
      { client: 5, clock: 0, structs: [craftText('hello')] },
    ])
    expect(inspect(whole, knowing(hello))).toMatchObject({ overlap: 'some', dependencies: new Map() })
  })

  test('it needs what lies beyond the part of a client that it repeats', () => {
    const update = craftUpdate([
      { client: 7, clock: 0, structs: [craftText('x', { origin: [5, 3] })] },
      { client: 5, clock: 1, structs: [craftText('el', { origin: [5, 0] })] },
    ])
    expect(inspect(update, knowing(hello))).toMatchObject({ dependencies: new Map([[5, 4]]) })
  })

  test('it needs what it refers to and what it deletes', () => {
    const known = knowing(hello, craftUpdate([{ client: 3, clock: 0, structs: [craftText('hi')] }]))
    const refers = (...items: Uint8Array[]) => craftUpdate([{ client: 7, clock: 0, structs: items }])
    const between = craftText('x', { origin: [5, 1], rightOrigin: [3, 0] })
    const inside = craftText('x', { parent: [5, 3] })
    expect(inspect(refers(between, inside, between), known)).toMatchObject({
      dependencies: new Map([
        [5, 4],
        [3, 1],
      ]),
    })
    const deletes = craftUpdate(
      [],
      [
        {
          client: 5,
          ranges: [
            [0, 1],
            [3, 1],
          ],
        },
      ],
    )
    expect(inspect(deletes, known)).toMatchObject({ dependencies: new Map([[5, 4]]) })
  })

  test('[R5] one of which nothing is new is a duplicate', () => {
    expect(inspect(hello, knowing(hello))).toEqual({ kind: 'duplicate' })
    expect(inspect(bytesOf('0000'), createKnown())).toEqual({ kind: 'duplicate' })
  })

  test('[C3] one of which only deletions are new is accepted', () => {
    const deletesMore = craftUpdate(
      [{ client: 5, clock: 0, structs: [craftText('hello')] }],
      [{ client: 5, ranges: [[0, 5]] }],
    )
    expect(inspect(deletesMore, knowing(hello))).toMatchObject({ kind: 'accepted', overlap: 'all', adds: [] })
  })

  test('[ADM3] an update in the V2 format is refused', () => {
    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'hello')
    expect(inspect(Y.encodeStateAsUpdateV2(doc), createKnown()).kind).toBe('refused')
  })
})
