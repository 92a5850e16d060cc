// Why nothing is recorded, in words.

export const PAUSES = ['rest', 'privacy', 'call', 'other'] as const
export type Pause = (typeof PAUSES)[number]
export const PAUSE_LIMIT = 40

/** Why the mediator paused it: "休息", "涉及隐私：谈病情", or the own words alone; empty where no reason is known, or it was not the mediator. */
export function pauseWords(t: (key: string, values?: Record<string, unknown>) => string, why?: string, words?: string): string {
  if (!PAUSES.includes(why as Pause)) return ''
  if (!words) return t(`room.pauses.${why}`)
  return why === 'other' ? words : t('room.pauseAnd', { why: t(`room.pauses.${why}`), words })
}

/** What a note says about a recording that stands still; nothing where nobody has to be told. */
export function standsStill(doc: { pause?: string; recorded?: boolean; stage: string }): '' | 'paused' | 'consent' | 'withdrawn' | 'unanswered' {
  if (doc.stage === 'archive') return ''
  if (PAUSES.includes(doc.pause as Pause) || doc.pause === 'mediator') return 'paused'
  // Where nothing was recorded before, nothing has stopped.
  return doc.recorded && (doc.pause === 'consent' || doc.pause === 'withdrawn' || doc.pause === 'unanswered') ? doc.pause : ''
}
