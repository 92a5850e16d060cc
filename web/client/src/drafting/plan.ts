// Why a sum cannot be paid in parts as it was asked for.

/** The most parts that one plan has. */
export const MOST = 36

export interface Plan {
  from: string
  to: string
  /** As `readAmount` gives it. */
  total: string
  count: number
  first: string
}

/** A key of `agreement.plan`; empty where the plan can be written. */
export function planProblem({ from, to, total, count, first }: Plan, today: string): '' | 'same' | 'countWrong' | 'small' | 'past' {
  if (from === to) return 'same'
  if (!Number.isInteger(count) || count < 2 || count > MOST) return 'countWrong'
  // No part is less than a fen.
  if (Math.round(Number(total) * 100) < count) return 'small'
  return first < today ? 'past' : ''
}
