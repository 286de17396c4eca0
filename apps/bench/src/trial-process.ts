import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Figures } from './scenarios/scenario.ts'

export interface TrialRequest {
  readonly scenario: string
  readonly case: string
  readonly system: string
  readonly small: boolean
}

export type TrialReply = { readonly figures: Figures } | { readonly error: string }

const program = fileURLToPath(new URL('trial-main.ts', import.meta.url))

/**
 * Runs a trial in a process of its own: what one system's bytes did to the garbage collector and the compiler of the
 * load program is not the next one's burden.
 *
 * @throws Error with what the trial said when it failed, or when it took longer than `deadlineMs`.
 */
export async function runInProcess(request: TrialRequest, deadlineMs: number): Promise<Figures> {
  const child = fork(program, [JSON.stringify(request)])
  // It ends its server, and then itself.
  const timer = setTimeout(() => child.disconnect(), deadlineMs)
  try {
    const reply = await replyOf(child)
    if ('error' in reply) throw new Error(reply.error)
    return reply.figures
  } finally {
    clearTimeout(timer)
  }
}

function replyOf(child: ChildProcess): Promise<TrialReply> {
  return new Promise((resolve) => {
    let reply: TrialReply = { error: 'the trial ended without a word, or took too long' }
    child.on('message', (message) => {
      reply = message as TrialReply
    })
    child.on('exit', () => resolve(reply))
  })
}
