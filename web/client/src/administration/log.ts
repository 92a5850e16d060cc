// An entry of the log in words: people and places by their names, codes by what they mean. What has to be quoted stands in the entry itself.
import type { Entry } from './accounts'

type Words = (key: string, named?: Record<string, unknown>) => string
export interface Tongue {
  t: Words
  te: (key: string) => boolean
}

const ID = /^[0-9a-f]{16,}$/
/** Residents are told apart by the end of an id, and not named to who audits. */
const shortened = (id: string): string => (ID.test(id) ? `…${id.slice(-4)}` : id)
export const called = (row: Entry, who: string): string => row.names[who] ?? shortened(who)

const OF_RESIDENTS = ['registered', 'consented', 'name_corrected', 'number_changed', 'matter_claimed', 'data_exported', 'consent_withdrawn', 'account_deleted']
/** Whom it is about, as the sentence of the act needs it. */
export function subjectOf(row: Entry, { t }: Tongue): string {
  const name = called(row, row.subject)
  return row.role === 'resident' && !OF_RESIDENTS.includes(row.act) && name !== row.subject ? t('administration.resident', { name }) : name
}

const word = (row: Entry, part: string, { t, te }: Tongue): string => row.names[part] ?? (te(`words.roles.${part}`) ? t(`words.roles.${part}`) : part)
const places = (row: Entry, side: string, tongue: Tongue): string => side.split(' ').map((part) => word(row, part, tongue)).join(tongue.t('app.comma'))
const became = (was: string, is: string, { t }: Tongue): string => t('administration.became', { was, is })

/** More of it, or empty. `moment` writes a time. */
export function detailOf(row: Entry, tongue: Tongue, moment: (at: string) => string): string {
  const { t, te } = tongue
  const [was = '', is] = row.detail.split(' → ')
  switch (row.act) {
    case 'created':
    case 'altered':
    case 'organisation_made':
    case 'organisation_altered':
      return is === undefined ? places(row, was, tongue) : became(places(row, was, tongue), places(row, is, tongue), tongue)
    case 'region_made':
    case 'region_altered':
      return is === undefined ? known(was, tongue) : became(known(was, tongue), known(is, tongue), tongue)
    case 'contact_altered':
      return known(row.detail, tongue)
    case 'work_altered':
      return row.detail && t('administration.absentUntil', { day: row.detail })
    case 'sought_by_number': {
      const [by = '', count] = row.detail.split(' ')
      return `${known(by, tongue)}${t('app.comma')}${t('administration.soughtFound', { count })}`
    }
    case 'retention_altered':
      return is === undefined ? row.detail : became(days(was, tongue), days(is, tongue), tongue)
    case 'destruction_asked':
    case 'erasure_asked':
      return t('administration.possibleFrom', { at: moment(row.detail) })
    case 'sign_ins_ended': {
      const [count, provider] = row.detail.split(', ')
      return t('administration.endedAt', { count }) + (provider ? t('administration.byProvider') : '')
    }
    case 'signed_in':
      return row.detail.replace(/(, )?by the identity provider$/, (_, comma: string | undefined) => `${comma ? t('app.comma') : ''}${t('administration.viaProvider')}`)
    case 'provider_linked':
      return row.detail === 'by its name' ? t('administration.byItsName') : row.detail
    case 'registered':
    case 'consented':
      return row.detail && t('administration.noticeVersion', { version: row.detail })
    case 'case_revealed':
    case 'expert_revealed':
      return te(`desk.reveal.reasons.${row.detail}`) ? t(`desk.reveal.reasons.${row.detail}`) : row.detail
    case 'expert_entered':
      return te(`experts.kinds.${row.detail}`) ? t(`experts.kinds.${row.detail}`) : row.detail
    case 'expert_altered':
      return row.detail.endsWith('not listed') ? t('administration.expertHidden') : row.detail.endsWith('listed') ? t('administration.expertListed') : row.detail
    case 'calendar_altered': {
      const [, day, how] = /^(\S+) (working|off|as the notice has it)$/.exec(row.detail) ?? []
      return day ? `${day} ${t(`administration.dayIs.${how === 'working' ? 'working' : how === 'off' ? 'off' : 'notice'}`)}` : row.detail
    }
    // Which case it was is no matter of who audits.
    case 'matter_claimed':
      return ''
    default:
      return row.detail
  }
}

/** Words of the log's own, and names as they are. */
const known = (words: string, { t, te }: Tongue): string => words.split(' ').map((word) => (te(`administration.logWords.${word}`) ? t(`administration.logWords.${word}`) : word.replaceAll('_', ' '))).join(t('app.comma'))
const days = (count: string, { t }: Tongue): string => (count === '0' ? t('administration.retention.forever') : t('administration.retention.days', { days: count }))
