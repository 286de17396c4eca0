/**
 * The WebSocket subprotocol of this wire format. A change that an older end could not survive gets another name; all
 * other changes are made by new message types and by new fields at the end of a body, which older ends skip.
 */
export const subprotocol = 'tidemark.v1'

/**
 * What `hello` and `welcome` carry: the highest version an end speaks within the subprotocol. The relay answers with
 * the lower of the two, and both keep to it; a relay that no longer speaks it ends the connection with
 * `connection/version`.
 */
export const protocolVersion = 1
