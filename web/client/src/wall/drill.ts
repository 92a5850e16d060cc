// The way from a number of the wall to what it counts: of a township to its types, and from any number to its list. A screen without an account opens no list.
import { inject, type InjectionKey } from 'vue'

export interface Drill {
  /** As `/api/wall/<region>?number=&of=` names it. */
  number: string
  of?: string
  /** Of which township; of the wall's own place without. */
  region?: string
  /** What the list says of itself. */
  title: string
}
/** Without `list` nobody here may see the cases. */
export interface Drilling {
  list?: (to: Drill) => void
  township?: (code: string) => void
}
export const DRILL: InjectionKey<Drilling> = Symbol('drill')
export const HIDDEN = '*'
export const REST = 'rest'

export function useDrill(): Drilling {
  return inject(DRILL, {})
}

const DAY = 24

/** A median wait as the wall says it: in minutes, hours or days, with one decimal below ten. */
export function waitOf(seconds: number): { unit: 'minutes' | 'hours' | 'days'; n: number } {
  const hours = seconds / 3600
  if (hours < 1) return { unit: 'minutes', n: Math.max(1, Math.round(seconds / 60)) }
  const [unit, value] = hours < 2 * DAY ? (['hours', hours] as const) : (['days', hours / DAY] as const)
  return { unit, n: value < 10 ? Math.round(value * 10) / 10 : Math.round(value) }
}
