import { describe, expect, it } from 'vitest'
import { destroyedBy } from './destroyed'

const t = (key: string, named: Record<string, unknown>): string => `${key} ${Object.values(named).join(' ')}`

describe('who had recordings destroyed', () => {
  it('names both people, the one of earlier versions, or the policy by its reason', () => {
    expect(destroyedBy({ at: '', by: '周', asked_by: '王', reason: '到期' }, t)).toBe('desk.keeping.destroyedByTwo 王 周 到期')
    expect(destroyedBy({ at: '', by: '周', reason: '到期' }, t)).toBe('desk.keeping.destroyedBy 周 到期')
    expect(destroyedBy({ at: '', reason: '按保管期限 30 天销毁' }, t)).toBe('按保管期限 30 天销毁')
  })
})
