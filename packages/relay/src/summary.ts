import { TidemarkError } from '@tidemark/base'
import { decodeKnown, encodeKnown } from '@tidemark/updates'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Held } from './admission.ts'
import type { Owners } from './owners.ts'

/**
 * What a snapshot carries beside its content, so that a relay can go on from it without a Yjs document.
 *
 *     summary = version(1) known digest(32 bytes) principals owners
 *     known, principals = length bytes, count (length text)*
 *     owners  = count (client principal)*     principal: 0 for everybody, else 1 + its place in `principals`
 *
 * All numbers are lib0's unsigned ones. The log keeps the bytes intact; what is checked here is that it is our format.
 */
export interface Summary extends Held {
  /** The content digest of the document at the snapshot's seq. */
  readonly digest: Uint8Array
}

const version = 1
const digestBytes = 32

export function encodeSummary({ known, owners, digest }: Summary): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, version)
  encoding.writeVarUint8Array(encoder, encodeKnown(known))
  encoding.writeUint8Array(encoder, digest)
  writeOwners(encoder, owners)
  return encoding.toUint8Array(encoder)
}

function writeOwners(encoder: encoding.Encoder, owners: Owners): void {
  const principals = [...new Set(owners.values())].filter((principal) => principal !== null)
  const places = new Map<string | null, number>(principals.map((principal, i) => [principal, i + 1]))
  encoding.writeVarUint(encoder, principals.length)
  for (const principal of principals) encoding.writeVarString(encoder, principal)
  encoding.writeVarUint(encoder, owners.size)
  for (const [client, owner] of owners) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, places.get(owner) ?? 0)
  }
}

/** @throws TidemarkError `log/corrupt` when the bytes are not what `encodeSummary` writes. */
export function decodeSummary(bytes: Uint8Array): Summary {
  try {
    return readSummary(decoding.createDecoder(bytes))
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause
    throw new TidemarkError('log/corrupt', 'the summary of a snapshot cannot be read', { cause })
  }
}

function readSummary(decoder: decoding.Decoder): Summary {
  const found = decoding.readVarUint(decoder)
  if (found !== version) throw new TidemarkError('log/corrupt', `summary of a snapshot: version ${found}`)
  const known = decodeKnown(decoding.readVarUint8Array(decoder))
  const digest = decoding.readUint8Array(decoder, digestBytes).slice()
  return { known, owners: readOwners(decoder), digest }
}

function readOwners(decoder: decoding.Decoder): Owners {
  const principals: (string | null)[] = [null]
  for (let left = decoding.readVarUint(decoder); left > 0; left--)
    principals.push(decoding.readVarString(decoder))
  const owners: Owners = new Map()
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const client = decoding.readVarUint(decoder)
    const owner = principals[decoding.readVarUint(decoder)]
    if (owner === undefined)
      throw new TidemarkError('log/corrupt', 'summary of a snapshot: no such principal')
    owners.set(client, owner)
  }
  return owners
}
