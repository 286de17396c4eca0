import {
  type ClientMessage,
  decodeClientFrame,
  decodeRelayFrame,
  defaultConnectionLimits,
  type RelayMessage,
} from '@tidemark/protocol'
import { readStockFrame } from './oracle/stock-frame.ts'

/** A frame of the native protocol in a line: for people who read a trace. */
export function describeFrame(from: 'client' | 'relay', frame: Uint8Array): string {
  const decode = from === 'client' ? decodeClientFrame : decodeRelayFrame
  const decoded = decode(frame, defaultConnectionLimits)
  if (decoded.kind === 'malformed' || decoded.messages.length === 0)
    return (
      describeStockFrame(frame) ?? `malformed: ${decoded.kind === 'malformed' ? decoded.reason : 'empty'}`
    )
  return decoded.messages.map(describeMessage).join(', ')
}

/** The two dialects have hardly a frame in common. */
function describeStockFrame(frame: Uint8Array): string | null {
  try {
    const { type, ...rest } = readStockFrame(frame)
    return `stock ${describeMessage({ type, ...rest } as never)}`
  } catch {
    return null
  }
}

function describeMessage({ type, ...rest }: ClientMessage | RelayMessage): string {
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${describeValue(value)}`)
  return `${type}(${fields.join(' ')})`
}

function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length}B${tokensIn(value)}`
  if (Array.isArray(value)) return `[${value.map(describeValue).join(' ')}]`
  if (typeof value === 'string') return value.length > 20 ? `${value.slice(0, 6)}…` : value
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value)
  if (fields.length > fieldsMax) return '{…}'
  return `{${fields.map(([name, each]) => `${name}:${describeValue(each)}`).join(' ')}}`
}

/** The tokens of edits that stand readable in an update. */
function tokensIn(bytes: Uint8Array): string {
  const tokens =
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').match(token) ?? []
  return [...tokens.slice(0, tokensMax), ...(tokens.length > tokensMax ? ['…'] : [])].join('')
}

const token = /<[a-z][\w. ]*>/g
const tokensMax = 4
/** More is a table of limits. */
const fieldsMax = 4
