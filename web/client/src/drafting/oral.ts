// The parts of an oral agreement, in the order of its form, and how long each may be; the server has the same limits.
export const LIMITS = { matters: 200, facts: 800, content: 800, manner: 200, deadline: 100 } as const
export type Part = keyof typeof LIMITS
export const PARTS = Object.keys(LIMITS) as Part[]
export type OralText = Record<Part, string>

/** Parts that say nothing yet. */
export const missingOf = (text: OralText): Part[] => PARTS.filter((part) => !text[part].trim())
