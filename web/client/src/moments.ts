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

/** Minutes and seconds: 3:05. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
