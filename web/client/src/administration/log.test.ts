import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import en from '@/i18n/en'
import zh from '@/i18n/zh'
import type { Entry } from './accounts'
import { called, detailOf, subjectOf } from './log'

const { t, te } = createI18n({ legacy: false, locale: 'zh', messages: { zh, en } }).global
const tongue = { t: t as (key: string, named?: Record<string, unknown>) => string, te: (key: string) => te(key) }
const entry = (act: string, detail: string, more: Partial<Entry> = {}): Entry => ({ id: 1, at: '', act, by: 'qian', role: 'system_admin', subject: 'li', address: '', detail, names: {}, ...more })
const said = (act: string, detail: string, names: Record<string, string> = {}): string => detailOf(entry(act, detail, { names }), tongue, (at) => at)

describe('an entry of the log', () => {
  it('calls staff and places by their names', () => {
    const row = entry('altered', '', { names: { li: '李某', qian: '钱管理员' } })
    expect([subjectOf(row, tongue), called(row, 'qian'), called(row, 'gone')]).toEqual(['李某', '钱管理员', 'gone'])
    const names = { c1: '安和县人民调解委员会', '139901': '安和县', '139901001': '城关镇' }
    expect(said('created', 'mediator c1 139901', names)).toBe('调解员、安和县人民调解委员会、安和县')
    expect(said('altered', 'mediator c1 139901 → centre c1 139901001', names)).toBe('调解员、安和县人民调解委员会、安和县 改为 综治中心、安和县人民调解委员会、城关镇')
  })
  it('names no resident and no case', () => {
    const id = 'ab12'.repeat(8)
    const row = entry('signed_in', '', { role: 'resident', by: id, subject: id })
    expect([subjectOf(row, tongue), called(row, id)]).toEqual(['居民 …ab12', '…ab12'])
    expect(subjectOf({ ...row, act: 'registered' }, tongue)).toBe('…ab12')
    expect(said('matter_claimed', '0123456789abcdef')).toBe('')
  })
  it('says in words what was entered as a code', () => {
    expect(said('sign_ins_ended', '2, by the provider')).toBe('2 处登录，由统一身份认证发起')
    expect(said('signed_in', 'Chrome, Windows, by the identity provider')).toBe('Chrome, Windows、通过统一身份认证')
    expect(said('retention_altered', '0 → 30')).toBe('一直保存 改为 保存 30 天')
    expect(said('region_altered', '城关镇 counts → 城关镇 trial')).toBe('城关镇、计入统计 改为 城关镇、试运行')
    expect(said('sought_by_number', 'phone 2')).toBe('电话、找到 2 件')
    expect(said('work_altered', '2026-10-08')).toBe('请假到 2026-10-08')
    expect(said('work_altered', '')).toBe('')
    expect(said('contact_altered', 'phone email')).toBe('电话、邮箱')
    expect(said('calendar_altered', '2026-05-04 off')).toBe('2026-05-04 放假')
    expect(said('calendar_altered', '2026-05-04 as the notice has it')).toBe('2026-05-04 恢复国务院通知的安排')
    expect(said('expert_altered', '1 → 2, not listed')).toBe('不列入邀请名单')
    expect(['case_revealed', 'expert_revealed'].map((act) => said(act, 'contact'))).toEqual(['打电话联系', '打电话联系'])
    expect(said('expert_revealed', 'other: 送达')).toBe('other: 送达')
    expect(said('something_new', 'whatever')).toBe('whatever')
  })
})
