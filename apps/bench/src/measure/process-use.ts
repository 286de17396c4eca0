import { readdirSync, readFileSync } from 'node:fs'

/** What the operating system says a process has used so far. */
export interface ProcessUse {
  /** User and system, all threads; of those that ended in steps of 10 ms. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** The most that was ever resident. */
  readonly residentBytesMax: number
  /** Bytes that the process made the disk write (page cache writeback counts when it happens). */
  readonly diskWriteBytes: number
}

const clockTicksPerSecond = 100
const pageBytes = 4096

/**
 * Of a process by its id, from /proc (Linux).
 *
 * @throws where there is no /proc, or no such process.
 */
export function processUse(pid: number): ProcessUse {
  // The name in parentheses may hold spaces: fields are counted from behind it (proc(5): utime is 14, rss is 24).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const field = (number: number): number => Number(fields[number - 3])
  return {
    cpuSeconds: Math.max((field(14) + field(15)) / clockTicksPerSecond, runningSeconds(pid)),
    residentBytes: field(24) * pageBytes,
    residentBytesMax: numberAfter(`/proc/${pid}/status`, 'VmHWM:') * 1024,
    diskWriteBytes: numberAfter(`/proc/${pid}/io`, '\nwrite_bytes:'),
  }
}

/** Whether this system tells. */
export function canMeasureProcesses(): boolean {
  try {
    return processUse(process.pid).residentBytes > 0
  } catch {
    return false
  }
}

/**
 * The same account, of the threads that live, in nanoseconds (schedstat's first field): 150 joins may cost less than
 * the 10 ms that stat counts in. 0 where the kernel keeps none.
 */
function runningSeconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks.reduce((sum, tid) => sum + numberAfter(`/proc/${pid}/task/${tid}/schedstat`, ''), 0) / 1e9
}

/** 0 where the system does not let us look, as /proc/PID/io of others. */
function numberAfter(file: string, label: string): number {
  try {
    const text = readFileSync(file, 'utf8')
    const at = text.indexOf(label)
    return at < 0 ? 0 : Number.parseInt(text.slice(at + label.length), 10)
  } catch {
    return 0
  }
}
