import { below, createRandom, pick } from '@tidemark/updates/testing'
import { expect, onTestFinished, test } from 'vitest'
import { encodeStateVector } from 'yjs'
import { readLog } from '../harness/read-log.ts'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient } from '../harness/sdk-client.ts'
import { createStockClient } from '../harness/stock-client.ts'
import { temporaryFolder } from '../harness/temp-folder.ts'
import { createSdkTypist, createTypist, tokensIn } from '../harness/typist.ts'
import { until } from '../harness/until.ts'

const kills = 20
const document = 'chaos'

test(`[ACK1] what was acknowledged survives ${kills} times kill -9 while three clients type`, {
  timeout: 120_000,
}, async () => {
  const random = createRandom(20_261_122)
  const folder = temporaryFolder()
  const relay = await RelayProcess.start({ folder, flags: ['--log-level', 'error'] })
  onTestFinished(() => relay.kill())
  const clients = [createSdkClient(relay.url), createSdkClient(relay.url)]
  const handles = clients.map((client) => client.open(document))
  const stock = createStockClient(relay.stockUrl, document)
  const typists = [
    ...handles.map((handle, index) => createSdkTypist(`sdk${index}-`, handle)),
    createTypist('stock-', () => stock.doc),
  ]
  const acked = (): number => typists.reduce((total, each) => total + each.acked.size, 0)
  const typing = setInterval(() => pick(random, typists).typeOne(), 2)

  for (let kill = 0; kill < kills; kill++) {
    // Not before something was acknowledged since the last time, and then at any moment.
    const enough = acked() + 1 + below(random, 40)
    await until('more was acknowledged', () => acked() >= enough)
    await turns(below(random, 200))
    await relay.kill()
    await relay.start()
    // A relay that dies every second makes clients stay away longer and longer: we have no time for that here.
    for (const { client } of clients) client.connect()
  }

  clearInterval(typing)
  await Promise.all(handles.map((handle) => handle.saved()))
  const docs = [...handles.map((handle) => handle.doc), stock.doc]
  await until(
    'all replicas are equal',
    () => new Set(docs.map((doc) => String(encodeStateVector(doc)))).size === 1,
  )
  stock.close()
  await Promise.all(clients.map(({ client }) => client.close()))
  await relay.stop()

  const stored = await readLog(folder, document)
  const tokens = stored === null ? [] : tokensIn(stored.doc)
  const all = new Set(tokens)
  const lost = typists.flatMap((each) => [...each.acked]).filter((token) => !all.has(token))
  expect(lost).toEqual([])
  expect(all.size).toBe(tokens.length)
  for (const doc of docs) expect(tokensIn(doc)).toEqual(tokens)
  // Nobody gave up what it had typed: all of it is there, not only what was acknowledged.
  for (const { typed } of typists) expect([...typed].filter((token) => !all.has(token))).toEqual([])
})

/** Lets some turns of the event loop pass. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
