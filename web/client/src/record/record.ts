// What the written record shows to whom: pure.
import type { RecordDoc, RecordLineDoc } from '@/live/docs'

export interface Line extends RecordLineDoc {
  number: number
}

export type Answer = 'confirmed' | 'objected' | 'open'

/** All lines in order; struck ones too, for whoever may put them back. */
export const linesOf = (record: RecordDoc | undefined, struck = false): Line[] =>
  Object.entries(record?.lines ?? {})
    .map(([key, line]) => ({ ...line, number: Number(key) }))
    .filter((line) => struck || !line.struck)
    .sort((a, b) => a.number - b.number)

/** What a party said to the present wording of a line. */
export function answerOf(record: RecordDoc | undefined, seat: string, line: Line): Answer {
  if (record?.objections?.[seat]?.[line.number] !== undefined) return 'objected'
  return record?.confirmed?.[seat]?.[line.number] === line.revision ? 'confirmed' : 'open'
}

/** Lines that a party has not answered yet, as they are sent to be confirmed: number → revision. */
export const openLines = (record: RecordDoc | undefined, seat: string): Record<string, number> =>
  Object.fromEntries(
    linesOf(record)
      .filter((line) => answerOf(record, seat, line) === 'open')
      .map((line) => [String(line.number), line.revision]),
  )
