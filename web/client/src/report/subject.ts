// By what whoever made a report knows it again.
import { spoken } from '@/statement/recorder'
import type { Draft } from './draft'

const FEW = 20

export function subjectOf({ fields, told }: Pick<Draft, 'fields' | 'told'>, t: (key: string, named: Record<string, unknown>) => string): string {
  const facts = [...fields.facts.trim()]
  return fields.title.trim() || (facts.length ? facts.slice(0, FEW).join('') : told ? t('waiting.told', { lasts: spoken(told.seconds) }) : t('waiting.nothing', {}))
}
