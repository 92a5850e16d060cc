// What is said of a time without recording, and of an entry about the recording.
import { pauseWords } from '@/room/pause'
import { time, type Happening, type Hole } from './recording'

type Translate = (key: string, values?: Record<string, unknown>) => string

export const holeWords = (t: Translate, hole: Hole): string => t(`playback.holes.${hole.why}`, { why: pauseWords(t, hole.pause, hole.words) })

/** The key of what happened: a pause and its end are told with their reason and their length. */
export function kindOf(one: Happening): string {
  const key = one.kind.replace('.', '_')
  if (one.kind === 'recording.started' && one.since) return `${key}_again`
  if (one.kind === 'recording.stopped' && (one.reason === 'consent' || one.reason === 'withdrawn')) return `${key}_${one.reason}`
  return key
}

export function happeningWords(t: Translate, one: Happening): string {
  const why = one.kind === 'recording.stopped' ? pauseWords(t, one.reason, one.text) : ''
  if (why) return t('room.pausedFor', { why })
  return t(`playback.kinds.${kindOf(one)}`, {
    text: one.text ?? '',
    stage: one.to ? t(`room.stages.${one.to}`) : '',
    point: one.point ? t(`playback.points.${one.point}`) : '',
    media: one.media ? t(`playback.media.${one.media}`) : '',
    time: time((one.seconds ?? 0) * 1000),
  })
}

/** After a name a sentence goes on: "赵某 answered …". What somebody said begins with its quotation mark and stays as it is. */
export const within = (words: string): string => words.replace(/^[A-Z](?=[a-z]| )/, (first) => first.toLowerCase())
