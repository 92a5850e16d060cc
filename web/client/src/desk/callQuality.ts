export interface CallRow {
  session: string
  seat: string
  name: string
  seconds: number
  round_trip: number | null
  loss_up: number
  loss_down: number
  frozen: number
  concealed: number
  path: string
  transport: string
}

/** A call in one word: what people notice is sound that is filled in and pictures that stand, then delay. */
export function quality(row: CallRow): 'good' | 'fair' | 'poor' {
  const spoilt = row.seconds > 0 ? Math.max(row.frozen, row.concealed) / row.seconds : 0
  const loss = Math.max(row.loss_up, row.loss_down)
  if (spoilt > 0.1 || loss > 0.08 || (row.round_trip ?? 0) > 600) return 'poor'
  return spoilt > 0.03 || loss > 0.02 || (row.round_trip ?? 0) > 300 ? 'fair' : 'good'
}
