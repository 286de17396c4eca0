import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Text } from 'yjs'
import type { ConcurrentTrace, ConcurrentTxn, Patch, SequentialTrace } from './trace.ts'
import { generateConcurrentTrace, generateSequentialTrace } from './trace-generator.ts'

/*
 * The recorded traces are read from the folder that the environment variable TIDEMARK_TRACES names; without it, generated
 * ones of the same shape are used.
 */

/** The recorded trace, or one generated of as many edits, or of as many as told. */
export function loadSequentialTrace(
  name: 'automerge-paper' | 'json-crdt-blog-post',
  generatedEdits: number = name === 'automerge-paper' ? 259_778 : 21_411,
): SequentialTrace {
  return (readTrace(name) as SequentialTrace | null) ?? generateSequentialTrace(1, generatedEdits)
}

/** The recorded trace, or one generated of as many edits, or of as many as told. */
export function loadConcurrentTrace(name: 'friendsforever', generatedEdits = 26_078): ConcurrentTrace {
  return (readTrace(name) as ConcurrentTrace | null) ?? generateConcurrentTrace(1, generatedEdits)
}

function readTrace(name: string): unknown {
  const folder = process.env['TIDEMARK_TRACES']
  if (folder === undefined || folder === '') return null
  const text = gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString()
  // The collection counts code points. In the traces used here none takes two UTF-16 units, so the numbers agree.
  if (/[\ud800-\udfff]/.test(text)) throw new Error(`the positions of ${name} would have to be converted`)
  return JSON.parse(text)
}

/** Applies one transaction's patches to a text, as one Yjs transaction. */
export function applyPatches(text: Text, patches: readonly Patch[]): void {
  const apply = () => {
    for (const [position, deleted, inserted] of patches) {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted !== '') text.insert(position, inserted)
    }
  }
  if (text.doc === null) apply()
  else text.doc.transact(apply)
}

/**
 * For each transaction, the earlier ones of other agents that its agent must have received before it makes this one,
 * and had not received before, in ascending order. An agent that receives exactly these has exactly the merge of the
 * transaction's parents.
 */
export function missingBefore({ numAgents, txns }: ConcurrentTrace): readonly (readonly number[])[] {
  const received = Array.from({ length: numAgents }, () => new Uint8Array(txns.length))
  return txns.map(({ agent, parents }, index) => {
    const own = received[agent] as Uint8Array
    const missing = ancestorsMissing(txns, parents, own)
    own[index] = 1
    return missing
  })
}

function ancestorsMissing(
  txns: readonly ConcurrentTxn[],
  parents: readonly number[],
  received: Uint8Array,
): number[] {
  const missing: number[] = []
  const open = [...parents]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (received[index] === 1) continue
    received[index] = 1
    missing.push(index)
    open.push(...(txns[index]?.parents ?? []))
  }
  return missing.sort((a, b) => a - b)
}
