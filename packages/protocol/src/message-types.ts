/**
 * The first byte of each message. Never changed, never used again for another message. The two directions share no
 * number, so that a frame on a screen says who sent it; a type unknown to the receiver is skipped.
 */
export const clientTypes = {
  hello: 0x01,
  open: 0x02,
  state: 0x03,
  push: 0x04,
  'presence-update': 0x05,
  verify: 0x06,
  close: 0x07,
  ping: 0x08,
} as const

export const relayTypes = {
  welcome: 0x41,
  opened: 0x42,
  'snapshot-part': 0x43,
  entries: 0x44,
  ack: 0x45,
  refused: 0x46,
  resync: 0x47,
  'presence-changed': 0x48,
  verified: 0x49,
  'access-changed': 0x4a,
  closed: 0x4b,
  'go-away': 0x4c,
  pong: 0x4d,
} as const
