import { parseArgs } from 'node:util'
import { replay, type TraceName, traceNames } from './replay.ts'
import { formatReport } from './report.ts'

const usage = `Replays a recorded editing trace through a relay, with an SDK client and a stock y-websocket client reading along.

  npm run replay -- [options]

  --trace NAME   ${traceNames.join(', ')} (automerge-paper and friendsforever)
  --edits N      only the first N edits of it
  --help         this text

The environment variable TIDEMARK_TRACES names the folder with the recorded traces, from the public collection
josephg/editing-traces; without it generated ones of the same shape are used.`

try {
  await main()
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exitCode =
    error instanceof RangeError || (error as NodeJS.ErrnoException).code !== undefined ? 2 : 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      trace: { type: 'string', multiple: true, default: ['automerge-paper', 'friendsforever'] },
      edits: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const edits = values.edits === undefined ? undefined : Number(values.edits)
  if (edits !== undefined && !(Number.isInteger(edits) && edits > 0))
    throw new RangeError('--edits wants a number above 0')
  for (const name of values.trace) await run(name as TraceName, edits)
}

async function run(trace: TraceName, edits: number | undefined): Promise<void> {
  if (!traceNames.includes(trace))
    throw new RangeError(`there is no trace ${trace}: ${traceNames.join(', ')}`)
  const onProgress = (made: number, of: number): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r${trace}: ${made} of ${of}\u001b[K`)
  }
  const report = await replay({ trace, onProgress, ...(edits === undefined ? {} : { edits }) })
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
  console.log(`${formatReport(trace, report)}\n`)
}
