// A case read back: documents from patches, and what each moment changed, in words.
import { dayWords } from '@/performance/performing'
import { stamp } from '@/moments'
import { applyPatch, type Doc } from '@/live/patch'
import type { CaseDoc } from '@/live/docs'
import { badgeKey, sourceKey } from '@/vocabulary'

export interface Moment {
  seq: number
  at: string
  kinds: string[]
  by: { name?: string; kind?: string }
  /** Why a party was corrected. */
  reason?: string
  patch: Doc
}

/** `apart`: of a chain beside the main one, of which nothing else is told. */
export interface Fault {
  what: 'payload' | 'link' | 'cut'
  at: string
  seq?: number
  kind?: string
  apart?: boolean
}

export interface Past {
  moments: Moment[]
  faults: Fault[]
  entries: number
  /** Moments before the first of these, folded into it. */
  earlier: number
}

/** The document at each moment, in order. */
export function documents(moments: Moment[]): CaseDoc[] {
  let doc: Doc = {}
  return moments.map((one) => (doc = applyPatch(doc, one.patch)) as unknown as CaseDoc)
}

export interface Row {
  key: string
  value: string
  /** How it read at the moment before, where that was otherwise. */
  before?: string
  changed: boolean
}

type Translate = (key: string, values?: Record<string, unknown>) => string

const ORDER = ['stage', 'number', 'title', 'type', 'region', 'place', 'source', 'parties', 'facts', 'pictures', 'mode', 'offered', 'note', 'refusals', 'answer_by', 'mediator', 'escalations', 'due', 'appointment', 'session', 'session_stage', 'experts', 'agreement', 'oral', 'performance', 'archived', 'hold', 'destruction', 'destroyed', 'erased'] as const
type Key = (typeof ORDER)[number]

/** What stands on the sheet; empty where the case did not have it yet. */
function value(doc: CaseDoc, key: Key, t: Translate, has: (key: string) => boolean, language: string): string {
  const comma = t('app.comma')
  switch (key) {
    case 'stage':
      return t(`words.stages.${doc.stage}`)
    case 'type':
      return t(badgeKey(doc))
    case 'source':
      return t(sourceKey(doc.source))
    case 'parties':
      return Object.values(doc.people ?? {})
        .map((one) => `${one.name}（${t(`words.capacities.${one.capacity}`)}）${one.phone ?? ''}`)
        .join(comma)
    case 'pictures':
      return doc.pictures?.length ? t('past.pictures', { count: doc.pictures.length }) : ''
    case 'mode':
      return doc.mode ? t(`words.modes.${doc.mode}`) : ''
    case 'offered':
      return (doc.offered ?? []).join(comma)
    case 'refusals':
      return (doc.refusals ?? []).join(comma)
    case 'answer_by':
    case 'due':
    case 'oral':
      return doc[key] ? stamp(doc[key], language) : ''
    case 'appointment':
      return doc.appointment ? stamp(doc.appointment.start, language) : ''
    case 'session':
      return doc.session ? t('past.opened') : ''
    case 'session_stage':
      return doc.session_stage ? t(`room.stages.${doc.session_stage}`) : ''
    case 'experts':
      return Object.values(doc.experts ?? {})
        .map((one) => `${one.name}（${t(`experts.states.${one.state}`)}）`)
        .join(comma)
    case 'escalations':
      return Object.values(doc.escalations ?? {})
        .map((one) => `${one.reason}（${t(`escalation.states.${one.state}`)}）${one.words ?? ''}`)
        .join(comma)
    case 'agreement': {
      const name = `desk.one.agreementStage.${doc.agreement?.stage}`
      return doc.agreement ? t(has(name) ? name : 'desk.one.agreementOther') : ''
    }
    case 'performance':
      return Object.values(doc.performance?.obligations ?? {})
        .map((one) => [one.what, one.due ? dayWords(one.due, language) : '', t(`performance.state.${one.state}`)].filter(Boolean).join(' '))
        .join(comma)
    case 'archived':
      return doc.archived ? [stamp(doc.archived.at, language), doc.archived.by, doc.archived.shelf].filter(Boolean).join(' · ') : ''
    case 'hold':
      return doc.hold ? `${doc.hold.reason} · ${doc.hold.by}` : ''
    case 'destruction':
      return doc.destruction ? `${doc.destruction.reason} · ${doc.destruction.by}` : ''
    case 'destroyed':
      return doc.destroyed ? stamp(doc.destroyed.at, language) : ''
    case 'erased':
      return doc.erased ? `${stamp(doc.erased.at, language)} · ${doc.erased.reason}` : ''
    default:
      return doc[key] ?? ''
  }
}

export function rows(doc: CaseDoc, before: CaseDoc | undefined, t: Translate, has: (key: string) => boolean, language: string): Row[] {
  return ORDER.map((key) => {
    const now = value(doc, key, t, has, language)
    const then = before ? value(before, key, t, has, language) : now
    return { key, value: now, changed: now !== then, before: now !== then && then ? then : undefined }
  }).filter((row) => row.value || row.before)
}

/** Entries that come along with another one, which says more. */
const BESIDE = ['case.relocated', 'case.classified']

/** What a moment is called: by the first of its entries that has a name and says most, else that something changed. */
export function nameOf(moment: { kinds: string[] }, t: Translate, has: (key: string) => boolean): string {
  const telling = [...moment.kinds].sort((a, b) => Number(BESIDE.includes(a)) - Number(BESIDE.includes(b)))
  const known = telling.map((kind) => `past.kinds.${kind.replace('.', '_')}`).find(has)
  return t(known ?? 'past.kinds.other')
}
