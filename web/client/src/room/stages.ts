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

/** Whether a step can be gone back to: also one that was skipped, as the statements are by an early private talk. From the confirmation on, the agreement itself leads the way. */
export function returnable(stage: SessionStage, now: SessionStage): boolean {
  return stageNumber(now) < stageNumber('confirmation') && stageNumber(stage) < stageNumber(now)
}
