export { decodeClientFrame } from './client-decoder.ts'
export { encodeClientMessage } from './client-encoder.ts'
export { type CloseCode, closeCodes, closeReason, closeReasonBytesMax } from './close-codes.ts'
export { errorCodeOf, errorNumber } from './error-numbers.ts'
export { concatFrames, type DecodedFrame, type FrameLimits } from './frame.ts'
export {
  assertConnectionLimits,
  connectionLimitsHardMax,
  defaultConnectionLimits,
  digestBytes,
  documentFieldBytesMax,
  frameBytesHardMax,
  idleMsMin,
  itemsPerFrameMax,
  messageOverheadBytesMax,
  presenceBytesHardMax,
  retryAfterMsMax,
  snapshotBytesMax,
  snapshotPartBytesMax,
  stateVectorBytesMax,
  textBytesMax,
  tokenBytesMax,
  updateBytesMin,
} from './limits.ts'
export { clientTypes, relayTypes } from './message-types.ts'
export type {
  AccessChanged,
  Ack,
  ClientMessage,
  Close,
  Closed,
  ConnectionLimits,
  Entries,
  GoAway,
  Hello,
  Open,
  Opened,
  Ping,
  Pong,
  PresenceChanged,
  PresenceEntry,
  PresenceUpdate,
  Push,
  Refused,
  RelayMessage,
  Resume,
  Resync,
  SnapshotEncoding,
  SnapshotPart,
  State,
  Verified,
  Verify,
  Welcome,
} from './messages.ts'
export { decodeRelayFrame } from './relay-decoder.ts'
export { encodeEntries, encodeRelayMessage } from './relay-encoder.ts'
export { protocolVersion, subprotocol } from './version.ts'
