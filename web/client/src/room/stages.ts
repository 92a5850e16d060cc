// The ten steps of a session, in order; rooms/room.py decides who may go where.
import type { SessionStage } from '@/live/messages'

export const STAGES: readonly SessionStage[] = ['identity', 'notice', 'statements', 'evidence', 'caucus', 'options', 'drafting', 'confirmation', 'signing', 'archive']
export const stageNumber = (stage: SessionStage): number => STAGES.indexOf(stage) + 1

/** How a step stands: skipped ones are behind, yet nothing was done there. Sessions that began before this was noted tell no visits. */
export function standing(stage: SessionStage, now: SessionStage, visited: readonly SessionStage[] = []): 'done' | 'skipped' | 'now' | 'ahead' {
  const [here, there] = [stageNumber(now), stageNumber(stage)]
  if (there >= here) return there === here ? 'now' : 'ahead'
  return visited.length === 0 || visited.includes(stage) ? 'done' : 'skipped'
}
