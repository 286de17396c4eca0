import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryStore } from '@tidemark/client'
import { createIdbStore, createSystemClock } from '@tidemark/client/engine'
import type { SeededRandom } from '@tidemark/simulator/oracle'
import { freePort } from '../harness/free-port.ts'
import type { FsyncShim } from '../harness/fsync-shim.ts'
import { Device } from './cast/device.ts'
import { Disk } from './disks/disk.ts'
import type { Cast, CastMember } from './plan.ts'
import { RelayHost } from './relay-host.ts'
import { heal } from './rest.ts'
import { Stage } from './stage.ts'

export interface CreateStageOptions {
  /** Everything lies in it. */
  readonly root: string
  readonly cast: Cast
  readonly fsync: FsyncShim | null
  readonly random: SeededRandom
  readonly over: AbortController
  readonly relayProgram?: string
}

/** Puts everything in its place. Nothing runs yet. */
export async function createStage(options: CreateStageOptions): Promise<Stage> {
  const { root, cast, fsync, random, over, relayProgram } = options
  const disk = new Disk(root, fsync)
  mkdirSync(disk.folder)
  const relay = new RelayHost(await freePort(), {
    folder: disk.folder,
    env: fsync?.env ?? {},
    ...(relayProgram === undefined ? {} : { program: relayProgram }),
    keep: (line) => appendFileSync(join(root, 'relay.log'), `${line}\n`),
    onLine: (line) => stage.heard(line),
    onSurprise: (message) => stage.fail(new Error(message)),
  })
  const stage: Stage = new Stage({ relay, disk, documents: cast.documents, random, over })
  return stage
}

/** The relay starts and everybody comes, before anything happens. Resolves with their devices. */
export async function gather(stage: Stage, { people }: Cast): Promise<readonly Device[]> {
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

let databases = 0

function createDevice(stage: Stage, { device, store }: CastMember): Device {
  const storage =
    store === 'indexeddb' ? createIdbStore(`chaos ${++databases}`, createSystemClock()) : createMemoryStore()
  return new Device(device, storage, (error) => stage.fail(error))
}
