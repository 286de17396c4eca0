import { SdkPerson } from '../cast/sdk-person.ts'
import { pause } from '../pause.ts'
import type { PersonFault } from './fault.ts'

export const tabFaults: readonly PersonFault[] = [
  {
    name: 'tab: dropped',
    async strike(person, _stage, random, over) {
      person.dropTab()
      await pause(random.interval(300), over)
      await person.openTab()
    },
  },
  {
    name: 'tab: left and opened again',
    async strike(person) {
      await person.leave()
      await person.openTab()
    },
  },
  {
    name: 'tab: offline for a while',
    async strike(person, _stage, random, over) {
      if (!(person instanceof SdkPerson)) return
      person.disconnect()
      await pause(random.interval(600), over)
      person.connect()
    },
  },
]
