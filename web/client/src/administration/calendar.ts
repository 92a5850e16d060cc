// What of a year's calendar is looked at first.
export interface Day {
  day: string
  working: boolean
  name: string
  own: boolean
}

/** From today on, and what was set a moment before. `today` and `set`: as 2026-12-03. */
export const ahead = (days: Day[], today: string, set = ''): Day[] => days.filter((one) => one.day >= today || one.day === set)
