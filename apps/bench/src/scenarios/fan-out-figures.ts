import type { Measured } from '../load/load.ts'
import type { Figure, Figures } from './scenario.ts'

/** What every scenario with writers and readers yields. */
export const fanOutFigures: readonly Figure[] = [
  { key: 'updates', label: 'updates/s', unit: '', digits: 0 },
  { key: 'cpu', label: 'server CPU per delivery', unit: 'µs', digits: 2 },
  { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
  { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
  { key: 'bytes', label: 'bytes per delivery', unit: '', digits: 0 },
  { key: 'rss', label: 'RSS', unit: 'MB', digits: 0 },
  { key: 'load', label: 'load CPU', unit: '%', digits: 0 },
  { key: 'missing', label: 'not delivered', unit: '', digits: 0 },
]

export function fanOutFiguresOf(measured: Measured, readers: number, missing: number): Figures {
  const { seconds, deliveries, serverCpuSeconds, loadCpuSeconds, wireBytes, residentBytes, latency } =
    measured
  return {
    updates: deliveries / readers / seconds,
    cpu: (serverCpuSeconds / deliveries) * 1e6,
    p50: latency.percentile(0.5),
    p99: latency.percentile(0.99),
    bytes: wireBytes / deliveries,
    rss: residentBytes / 1e6,
    load: (loadCpuSeconds / seconds) * 100,
    missing,
  }
}
