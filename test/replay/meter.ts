import diagnosticsChannel from 'node:diagnostics_channel'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'

export interface WireMeter {
  /** Bytes of TCP payload in both directions, on all connections that this process made since. */
  readonly bytes: number
  stop(): void
}

export function meterConnections(): WireMeter {
  const sockets: Socket[] = []
  const listener = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket)
  diagnosticsChannel.subscribe('net.client.socket', listener)
  return {
    get bytes() {
      return sockets.reduce((total, { bytesRead, bytesWritten }) => total + bytesRead + bytesWritten, 0)
    },
    stop: () => diagnosticsChannel.unsubscribe('net.client.socket', listener),
  }
}

export interface ProcessUse {
  /** User and system. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

const clockTicksPerSecond = 100
const pageBytes = 4096

/** What a process has used so far, where the system tells (Linux); null elsewhere. */
export function processUse(pid: number): ProcessUse | null {
  try {
    // The name in parentheses may hold spaces: fields are counted from behind it (proc(5): utime is 14, rss is 24).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const field = (number: number): number => Number(fields[number - 3])
    return {
      cpuSeconds: (field(14) + field(15)) / clockTicksPerSecond,
      residentBytes: field(24) * pageBytes,
    }
  } catch {
    return null
  }
}

export function folderBytes(folder: string): number {
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  return sizes.reduce((total, size) => total + size, 0)
}
