import { type Command, parseCommand, usage } from './command/arguments.ts'
import { runMany } from './command/many-seeds.ts'
import { runOne, UnknownSource } from './command/one-seed.ts'

const failed = 1
const misused = 2

// Whoever reads the output may have seen enough: `--trace | head`.
process.stdout.on('error', () => process.exit())

const command = parse()
if (command !== null) process.exitCode = await exitCodeOf(command)

async function exitCodeOf(command: Command): Promise<number> {
  try {
    return (await run(command)) ? 0 : failed
  } catch (error) {
    if (!(error instanceof UnknownSource)) throw error
    console.error(error.message)
    return misused
  }
}

function run(command: Command): Promise<boolean> {
  const print = (text: string): void => console.log(text)
  switch (command.kind) {
    case 'help':
      print(usage)
      return Promise.resolve(true)
    case 'seed':
      return runOne(command, print)
    case 'campaign':
      return runMany(command, print)
  }
}

function parse(): Command | null {
  try {
    return parseCommand(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exitCode = misused
    return null
  }
}
