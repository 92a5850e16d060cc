// The ten steps of a session, in order; rooms/room.py decides who may go where.
import type { SessionStage } from '@/live/messages'

export const STAGES: readonly SessionStage[] = ['identity', 'notice', 'statements', 'evidence', 'caucus', 'options', 'drafting', 'confirmation', 'signing', 'archive']
export const stageNumber = (stage: SessionStage): number => STAGES.indexOf(stage) + 1
