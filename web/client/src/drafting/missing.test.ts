// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest'
import { i18n, setLanguage } from '@/i18n'
import { gapWords } from './missing'

describe('gapWords', () => {
  beforeAll(() => setLanguage('zh'))
  const t = (key: string, values: Record<string, string>): string => i18n.global.t(key, values)
  it('names the gaps of the draft behind one word', () => {
    const gaps: [string, string][] = [['draft', 'party_id_missing/李某'], ['draft', 'deadline_missing'], ['not_frozen', '']]
    expect(gapWords(t, gaps, () => '')).toEqual(['协议还没定稿', '协议缺李某的证件号码、履行期限'])
  })
  it('calls seats by their names', () => {
    expect(gapWords(t, [['not_spoken', 's1']], () => '赵某')).toEqual(['赵某还没陈述'])
  })
})
