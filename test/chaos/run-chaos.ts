// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitOf } from '@tidemark/simulator'
import { SeededRandom } from '@tidemark/simulator/oracle'
import { buildFsyncShim, FsyncShim } from '../harness/fsync-shim.ts'
import type { Device } from './cast/device.ts'
import { createStage, gather } from './create-stage.ts'
import { type Cast, drawCast, drawRounds, type Round } from './plan.ts'
import { type ChaosReport, reportOf } from './report.ts'
import { playRound } from './round.ts'
import type { Stage } from './stage.ts'

export interface ChaosOptions {
  readonly seed: number
  /** No new round begins after this. */
  readonly forMs: number
  /** These rounds and no others. */
  readonly rounds?: readonly Omit<Round, 'number'>[]
  /** Another relay than the built one, to see whether its faults are found. */
  readonly relayProgram?: string
  /** Ends the run early. */
  readonly signal?: AbortSignal
  readonly onRound?: (report: ChaosReport) => void
}

/**
 * Runs the built relay on a real disk under faults, with real clients, and judges every round by what must hold. Leaves
 * nothing behind, unless a property does not hold: then the folder that the report names. Rejects only when it cannot
 * begin.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startMs = performance.now()
  const random = new SeededRandom(options.seed)
  const root = mkdtempSync(join(tmpdir(), `tidemark-chaos-${options.seed}-`))
  const shim = buildFsyncShim(root)
  const [fsync, skipped] =
    shim instanceof FsyncShim ? [shim, []] : [null, [`failing fsync, slow fsync: ${shim.skipped}`]]
  const over = overWith(options.signal)
  const cast = drawCast(random.fork('cast'))
  const stage = await createStage({ ...options, root, cast, fsync, random: random.fork('stage'), over })
  const removeAll = dieTogether(stage, root)
  const commit = commitOf()
  let rounds = 0
  const report = (): ChaosReport =>
    reportOf(stage, {
      commit,
      interrupted: options.signal?.aborted ?? false,
      seed: options.seed,
      rounds,
      tookMs: performance.now() - startMs,
      skipped,
      root,
    })

  await play(stage, cast, {
    rounds:
      options.rounds?.map((round, at) => ({ ...round, number: at + 1 })) ?? drawRounds(random.fork('rounds')),
    isTimeUp: () => performance.now() - startMs > options.forMs,
    played() {
      rounds++
      options.onRound?.(report())
    },
  })
  const result = report()
  if (result.artefacts === null) removeAll()
  else writeFileSync(join(result.artefacts, 'report.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

interface Play {
  readonly rounds: Iterable<Round>
  isTimeUp(): boolean
  played(): void
}

/** All rounds, and whatever ends them. When it resolves nothing runs any more. */
async function play(stage: Stage, cast: Cast, { rounds, isTimeUp, played }: Play): Promise<void> {
  let devices: readonly Device[] = []
  const paces = new Map(cast.people.map(({ name, actMs }) => [name, actMs]))
  try {
    devices = await gather(stage, cast)
    for (const round of rounds) {
      if (stage.signal.aborted || isTimeUp()) break
      await playRound(stage, round, ({ name }) => paces.get(name) ?? 0)
      played()
    }
  } catch (error) {
    stage.fail(error)
  } finally {
    await endAll(stage, devices)
  }
}

async function endAll(stage: Stage, devices: readonly Device[]): Promise<void> {
  await stage.relay.kill()
  await Promise.all([...stage.people].map((person) => stage.dismiss(person)))
  await Promise.all(devices.map((device) => device.close()))
  await stage.disk.small?.close()
}

function overWith(signal: AbortSignal | undefined): AbortController {
  const over = new AbortController()
  // All who take part listen for the end.
  setMaxListeners(0, over.signal)
  signal?.addEventListener('abort', () => over.abort(), { once: true })
  return over
}

/** However this process ends, the relay does not outlive it, nor does what it wrote. Returns what removes that now. */
function dieTogether(stage: Stage, root: string): () => void {
  const end = (): void => {
    stage.relay.killNow()
    if (stage.violations.length === 0) rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', end)
  return () => {
    process.off('exit', end)
    end()
  }
}
