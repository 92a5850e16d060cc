// Moments as people say them. Everything is shown in the county's time, whatever a phone is set to.
const ZONE = 'Asia/Shanghai'
/** The county's day at this moment: 2026-12-01, as days are compared. */
export const dayOf = (moment: number): string => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(moment))

const locale = (language: string): string => (language === 'en' ? 'en-GB' : 'zh-CN')

export const day = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(locale(language), { timeZone: ZONE, month: language === 'en' ? 'short' : 'long', day: 'numeric' }).format(new Date(iso))

/** With its year, of what lies years away. */
export const fullDay = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(locale(language), { timeZone: ZONE, year: 'numeric', month: language === 'en' ? 'short' : 'long', day: 'numeric' }).format(new Date(iso))

export const clock = (iso: string, language: string): string =>
  new Intl.DateTimeFormat(locale(language), { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(iso))

export const dayAndClock = (iso: string, language: string): string => `${day(iso, language)} ${clock(iso, language)}`

/** 2026-11-28 13:05: with its year, for what is kept. */
export const stamp = (iso: string, language: string): string => `${dayOf(Date.parse(iso))} ${clock(iso, language)}`

/** What a field for a day or a time has in it, read out: 2026年11月29日 星期日 09:30. Browsers show it in their own language, whatever the page's is. Empty for anything else. */
export function spelled(value: string, language: string): string {
  const found = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2})?)?$/.exec(value)
  const at = Date.parse(`${found?.[1]}T00:00:00Z`)
  if (!found || Number.isNaN(at)) return ''
  const said = (how: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(locale(language), { timeZone: 'UTC', ...how }).format(at)
  const parts = [said({ year: 'numeric', month: 'long', day: 'numeric' }), said({ weekday: 'long' })]
  if (language === 'en') parts.reverse()
  return [...parts, found[2] ?? ''].filter(Boolean).join(' ')
}

/** Minutes and seconds: 3:05. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
