import type { Bug } from './bug.ts'
import { accessBugs } from './bugs/access-bugs.ts'
import { connectionBugs } from './bugs/connection-bugs.ts'
import { deviceBugs } from './bugs/device-bugs.ts'
import { diskBugs } from './bugs/disk-bugs.ts'
import { foundBugs } from './bugs/found-bugs.ts'
import { identityBugs } from './bugs/identity-bugs.ts'
import { outboxBugs } from './bugs/outbox-bugs.ts'
import { presenceBugs } from './bugs/presence-bugs.ts'
import { relayBugs } from './bugs/relay-bugs.ts'
import { stockBugs } from './bugs/stock-bugs.ts'
import { updateBugs } from './bugs/update-bugs.ts'

export const allBugs: readonly Bug[] = [
  ...outboxBugs,
  ...deviceBugs,
  ...connectionBugs,
  ...relayBugs,
  ...updateBugs,
  ...presenceBugs,
  ...foundBugs,
  ...accessBugs,
  ...diskBugs,
  ...identityBugs,
  ...stockBugs,
]
