// Notices of an account, as the server lists them.
export interface Notice {
  id: number
  kind: string
  case: string
  number: string
  at: string
  read: boolean
}

/** Of these the account has the case no more. */
const OVER = new Set(['joint_ended', 'escalation_taken'])

/** The page that a notice leads to. */
export const placeOf = (row: Notice): string => (OVER.has(row.kind) ? '/desk' : `/case/${row.case}`)

/** Both lists in one, newest first; what was shown as unread stays so, though it has been marked as read meanwhile. */
export function merged(shown: Notice[], found: Notice[]): Notice[] {
  const known = new Map(found.map((row) => [row.id, row]))
  for (const row of shown) known.set(row.id, row)
  return [...known.values()].sort((a, b) => b.id - a.id)
}
