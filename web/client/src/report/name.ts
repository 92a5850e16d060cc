// What the server will say of a name (cases/identity.py), before the report is kept to be sent later; cut off, the wrong name would stand in the papers.
import { RefusedError } from '@/live/connection'

const LIMIT = 40

/** Null where the server takes its length. */
export function nameProblem(text: string, field: string): RefusedError | null {
  return [...text.normalize('NFC').trim()].length > LIMIT ? new RefusedError('too_long', '', { field, limit: LIMIT }) : null
}
