/** Stands for the package `ws` where the platform has a WebSocket of its own: bundles for browsers do without that. */
export const WebSocket: typeof globalThis.WebSocket = globalThis.WebSocket
