// From a case's document to what people read: the next step, and the way there as a timeline, newest on top.
import type { Step } from '@/live/docs'

export interface Mark {
  key: string
  state: 'todo' | 'now' | 'done'
  /** Key under `progress.steps`. */
  step: string
  at?: string
  /** A day by which it should be done. */
  by?: string
  who?: string
  note?: string
  /** How long the case stayed in it, until the next step. */
  spent?: Spent
}

export interface Spent {
  /** Key under `progress.spent`. */
  key: 'minutes' | 'hours' | 'days'
  count: number
}

interface Way {
  stage: string
  kind?: string
  /** What came of a livelihood matter. */
  outcome?: string | null
  history: Step[]
  due?: string
  answer_by?: string
}

// What is being waited for in each stage, and what comes after it, nearest first.
const AHEAD: Record<string, string[]> = {
  reported: ['dispatch', 'accept', 'talk', 'agree'],
  dispatched: ['accept', 'talk', 'agree'],
  accepted: ['talk', 'agree'],
  mediating: ['agree'],
  agreed: ['keep', 'close'],
  failed: ['close'],
  closed: [],
  withdrawn: [],
  declined: [],
}

/** A livelihood matter is answered; only where people come to talk it over does it go on like a dispute. */
const TO_ANSWER: Record<string, string[]> = { reported: ['dispatch', 'accept', 'answer'], dispatched: ['accept', 'answer'], accepted: ['answer'] }

export function timeline(way: Way): Mark[] {
  const marks: Mark[] = way.history.map((step, n) => ({
    key: `${n}`,
    state: 'done',
    step: step.unanswered ? 'unanswered' : step.stage !== 'reported' || n === 0 ? step.stage : way.history[n - 1]!.stage === 'declined' ? 'takenUp' : 'returned',
    at: step.at,
    who: step.who,
    note: step.note,
    spent: n + 1 < way.history.length ? spent(step.at, way.history[n + 1]!.at) : undefined,
  }))
  const last = marks[marks.length - 1]
  const talking = way.stage === 'mediating' && last !== undefined
  if (talking) last.state = 'now'
  const ahead = (way.kind === 'matter' ? TO_ANSWER[way.stage] : undefined) ?? AHEAD[way.stage] ?? []
  ahead.forEach((step, n) =>
    marks.push({ key: step, state: n === 0 && !talking ? 'now' : 'todo', step, by: step === 'accept' ? way.answer_by : step === 'agree' || step === 'answer' ? way.due : undefined }),
  )
  return marks.reverse()
}

/** In the largest unit of which there are two, so that it is off by half at most. */
export function spent(from: string, to: string): Spent {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 60_000))
  if (minutes < 120) return { key: 'minutes', count: minutes }
  if (minutes < 48 * 60) return { key: 'hours', count: Math.round(minutes / 60) }
  return { key: 'days', count: Math.round(minutes / 1440) }
}

/** Five bars for a table: how many of them are done. */
export const BARS = 5
export const barsDone = (stage: string): number => ({ reported: 1, dispatched: 2, accepted: 3, mediating: 4, agreed: 5, failed: 5, closed: 5, withdrawn: 5, declined: 5 })[stage] ?? 0

/** Nothing comes next. */
export const isOver = (stage: string): boolean => ['closed', 'withdrawn', 'declined'].includes(stage)

/** How a case ended, and when: by an agreement, without one, answered, withdrawn, or not taken up. Null while something comes next. */
export function ended(way: Pick<Way, 'stage' | 'history' | 'outcome'>): { how: 'agreed' | 'failed' | 'answered' | 'withdrawn' | 'declined'; at: string } | null {
  const last = way.history[way.history.length - 1]
  if (!isOver(way.stage) || !last) return null
  if (way.stage === 'withdrawn' || way.stage === 'declined') return { how: way.stage, at: last.at }
  if (way.outcome) return { how: 'answered', at: last.at }
  return { how: way.history.some((step) => step.stage === 'agreed') ? 'agreed' : 'failed', at: last.at }
}

/** The colour in which the next step is told: needs somebody now, in effect, or over. */
export const tone = (stage: string): 'zhe' | 'song' | 'dai' => (['agreed', 'closed'].includes(stage) ? 'song' : ['failed', 'withdrawn', 'declined'].includes(stage) ? 'dai' : 'zhe')
