// It puts an IndexedDB where a browser has one.
// oxlint-disable-next-line no-unassigned-import
import 'fake-indexeddb/auto'
import { setMaxListeners } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '@tidemark/client'
import { createIdbStore } from '@tidemark/client/engine'
import { SeededRandom } from '@tidemark/simulator/oracle'
import { freePort } from '../harness/free-port.ts'
import { buildFsyncShim, FsyncShim } from '../harness/fsync-shim.ts'
import { Device } from './cast/device.ts'
import { Disk } from './disks/disk.ts'
import { type Cast, type CastMember, type DiskFault, drawCast, drawRounds, type Round } from './plan.ts'
import { RelayHost } from './relay-host.ts'
import { type ChaosReport, reportOf } from './report.ts'
import { heal } from './rest.ts'
import { playRound } from './round.ts'
import { Stage } from './stage.ts'

export interface ChaosOptions {
  readonly seed: number
  /** No new round begins after this. */
  readonly forMs: number
  /** These rounds and no others, for a test. */
  readonly disks?: readonly DiskFault[]
  /** Ends the run early. */
  readonly signal?: AbortSignal
  readonly onRound?: (report: ChaosReport) => void
}

/**
 * Runs the built relay on a real disk under faults, with real clients, and judges every round by what must hold. Leaves
 * nothing behind, unless a property does not hold: then the folder that the report names. Rejects only because of itself.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, forMs, signal, disks } = options
  const startMs = performance.now()
  const random = new SeededRandom(seed)
  const root = mkdtempSync(join(tmpdir(), `tidemark-chaos-${seed}-`))
  const over = new AbortController()
  setMaxListeners(0, over.signal)
  signal?.addEventListener('abort', () => over.abort(), { once: true })
  const cast = drawCast(random.fork('cast'))
  const shim = buildFsyncShim(root)
  const stage = await createStage(
    root,
    cast,
    shim instanceof FsyncShim ? shim : null,
    random.fork('stage'),
    over,
  )
  const skipped = shim instanceof FsyncShim ? [] : [`failing and slow fsync: ${shim.skipped}`]
  const dieWithUs = (): void => stage.relay.killNow()
  process.on('exit', dieWithUs)
  const report = (rounds: number): ChaosReport =>
    reportOf(stage, { seed, rounds, tookMs: performance.now() - startMs, skipped, folder: root })
  let played = 0
  let devices: readonly Device[] = []
  try {
    devices = await gather(stage, cast)
    for (const round of choose(drawRounds(random.fork('rounds')), disks)) {
      if (over.signal.aborted || performance.now() - startMs > forMs) break
      await playRound(stage, round, ({ name }) => actMsOf(cast, name))
      played++
      options.onRound?.(report(played))
    }
  } catch (error) {
    stage.fail(error)
  } finally {
    await endAll(stage, devices)
    process.off('exit', dieWithUs)
  }
  const result = report(played)
  if (stage.violations.length === 0) rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  else writeFileSync(join(root, 'report.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

async function createStage(
  root: string,
  { documents }: Cast,
  fsync: FsyncShim | null,
  random: SeededRandom,
  over: AbortController,
): Promise<Stage> {
  const disk = new Disk(root, fsync)
  mkdirSync(disk.folder)
  const relay = new RelayHost(await freePort(), {
    folder: disk.folder,
    env: fsync?.env ?? {},
    keep: (line) => appendFileSync(join(root, 'relay.log'), `${line}\n`),
    onLine: (line) => stage.heard(line),
    onSurprise: (message) => stage.fail(new Error(message)),
  })
  const stage: Stage = new Stage({ relay, disk, documents, random, over })
  return stage
}

/** Everybody comes, before anything happens. Resolves with the devices. */
async function gather(stage: Stage, { people }: Cast): Promise<readonly Device[]> {
  const devices = new Map<string, Device>()
  await stage.relay.start()
  for (const member of people) {
    const device = devices.get(member.device) ?? createDevice(stage, member)
    devices.set(member.device, device)
    await stage.join(member, device)
  }
  await heal(stage)
  return [...devices.values()]
}

function createDevice(stage: Stage, { device, store }: CastMember): Device {
  const name = `chaos ${process.pid} ${device}`
  const storage = store === 'indexeddb' ? createIdbStore(name) : createMemoryStore()
  return new Device(device, storage, (error) => stage.fail(error))
}

function actMsOf({ people }: Cast, name: string): number {
  return people.find((member) => member.name === name)?.actMs ?? 100
}

function* choose(rounds: Iterable<Round>, disks: readonly DiskFault[] | undefined): Generator<Round> {
  if (disks === undefined) return yield* rounds
  for (const round of rounds) {
    const disk = disks[round.number - 1]
    if (disk === undefined) return
    yield { ...round, disk }
  }
}

async function endAll(stage: Stage, devices: readonly Device[]): Promise<void> {
  stage.relay.thaw()
  await stage.relay.kill()
  await Promise.all([...stage.people].map((person) => stage.dismiss(person)))
  await Promise.all(devices.map((device) => device.close()))
  await stage.disk.small?.close()
}
