import { expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import { notices as en } from '@/i18n/en-notices'
import { notices as zh } from '@/i18n/zh-notices'
import { reasonOf, type Delivery } from './deliveries'

const row = (over: Partial<Delivery>): Delivery => ({ id: 1, at: '', channel: 'sms', kind: 'case_due', state: 'given_up', tries: 1, ...over })
const { t, te } = createI18n({ legacy: false, locale: 'zh', messages: { zh: { notices: zh }, en: { notices: en } } }).global
const said = (over: Partial<Delivery>): string => reasonOf(row(over), t as never, te as never)

test('a reason is told in words, and the other side’s code as it is', () => {
  expect(said({ reason: 'quiet_hours', state: 'waiting' })).toBe('夜间不发，到早上再发')
  expect(said({ reason: 'answered_451' })).toBe('对方回复 451')
  expect(said({ reason: 'token_40001' })).toBe('对方回复 40001')
  expect(said({ reason: 'brand_new' })).toBe('brand_new')
  expect(said({ reason: '' })).toBe('')
})

test('what was tried in vain before it came is no matter any more', () => {
  expect(said({ reason: 'away', state: 'sent' })).toBe('')
})
