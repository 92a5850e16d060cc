// The sentence for a refusal, from its stable code and what the server told beside it.
import { RefusedError } from '@/live/connection'

type Translate = (key: string, named: Record<string, unknown>) => string

/** `seconds`: what is left of a wait that the refusal asks for. */
export function sentence(error: unknown, t: Translate, te: (key: string) => boolean, seconds?: number): string {
  if (!(error instanceof RefusedError)) return t('errors.unknown', {})
  let code = error.code
  // How many digits are too few or too many is what helps.
  if (code === 'phone_length') code = Number(error.detail.off) < 0 ? 'phone_short' : 'phone_long'
  if (code === 'missing' && error.detail.field === 'to') code = 'nobody_chosen'
  const detail = { ...error.detail, count: Math.abs(Number(error.detail.off ?? 0)), ...(seconds === undefined ? {} : { seconds }) }
  const key = `errors.${code}`
  return te(key) ? t(key, detail) : `${t('errors.unknown', {})} (${error.code})`
}
