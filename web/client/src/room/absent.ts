// Who of which side is not there, though nothing keeps the talk waiting: the mediator is told, and goes on or does not.
import type { SessionStage } from '@/live/messages'

/** Where going on without somebody is asked about once more. */
export const BEGINNING: readonly SessionStage[] = ['identity', 'notice', 'statements']
/** Before there is a text that whoever is not there would have to agree to. */
export const TALK: readonly SessionStage[] = [...BEGINNING, 'evidence', 'caucus', 'options']

type Words = (key: string, named?: Record<string, unknown>) => string

/** One clause each: a party without a seat by name and side, and a side of which the case has nobody. Whoever has given a statement from afar is not waited for. */
export function absentWords(t: Words, unseated: Record<string, { name: string; side: string; afar?: boolean }>, sideless: readonly string[]): string[] {
  const side = (one: string): string => t(`room.desk.sides.${one}`)
  const people = Object.values(unseated).filter((one) => !one.afar)
  return [...people.map((one) => t('room.desk.missingCodes.unseated', { who: one.name, side: side(one.side) })), ...sideless.map((one) => t('room.desk.missingCodes.sideless', { side: side(one) }))]
}
