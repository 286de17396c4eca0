export { type Campaign, type CampaignOptions, explainFailure, runCampaign, runTwice } from './campaign.ts'
export { plantedBugs } from './planted/bugs.ts'
export type { PlantedBug } from './planted/planted-bug.ts'
export { type Failure, type Outcome, type SimulationOptions, simulate } from './simulation.ts'
