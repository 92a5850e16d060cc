// The way from a number of the wall to the list that it counts. A wall without an account has none: its numbers are text.
import { inject, type InjectionKey } from 'vue'

export interface Drill {
  /** As `/api/wall/<county>?number=&of=` names it. */
  number: string
  of?: string
  /** What the list says of itself. */
  title: string
}
export const DRILL: InjectionKey<(to: Drill) => void> = Symbol('drill')

export function useDrill(): ((to: Drill) => void) | null {
  return inject(DRILL, null)
}

const DAY = 24

/** A median wait as the wall says it: in minutes, hours or days, with one decimal below ten. */
export function waitOf(seconds: number): { unit: 'minutes' | 'hours' | 'days'; n: number } {
  const hours = seconds / 3600
  if (hours < 1) return { unit: 'minutes', n: Math.max(1, Math.round(seconds / 60)) }
  const [unit, value] = hours < 2 * DAY ? (['hours', hours] as const) : (['days', hours / DAY] as const)
  return { unit, n: value < 10 ? Math.round(value * 10) / 10 : Math.round(value) }
}
