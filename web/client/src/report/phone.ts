// What the server will say of a telephone (cases/identity.py), before the report is kept to be sent later: whoever has put the phone away does not see a refusal.
import { RefusedError } from '@/live/connection'

/** Null where the server takes it, or where nothing is written. */
export function phoneProblem(text: string, field: string): RefusedError | null {
  const digits = text.normalize('NFKC').replace(/[\s()]/g, '').replace(/^\+86/, '')
  const mobile = digits.replaceAll('-', '')
  if (!digits || /^1[3-9]\d{9}$/.test(mobile) || /^0\d{2,3}-?\d{7,8}$/.test(digits)) return null
  if (/^1\d*$/.test(mobile)) return new RefusedError('phone_length', '', { field, off: mobile.length - 11 })
  return new RefusedError('phone_shape', '', { field })
}
