// One-time codes as people type and read them, and their times.
import type { CodeDoc } from '@/live/docs'

/** The digits of what was typed, pasted or filled in: without spaces, full-width ones as plain ones, at most six. */
export const digitsOf = (text: string): string => text.normalize('NFKC').replace(/[^0-9]/g, '').slice(0, 6)

/** As it is read out: 482 913. */
export const grouped = (code: string): string => code.replace(/^(\d{3})(\d{3})$/, '$1 $2')

/** Whole seconds from `now` (ms) until that moment, 0 once it has come. */
export const seconds = (moment: string, now: number): number => Math.max(0, Math.ceil((Date.parse(moment) - now) / 1000))

/** Whether a code can be typed. */
export const answerable = (code: CodeDoc, now: number): boolean => !code.answered && code.left > 0 && Date.parse(code.until) > now
