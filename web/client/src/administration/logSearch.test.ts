import { describe, expect, it } from 'vitest'
import type { Entry } from './accounts'
import { address, AT_ONCE, everything, gather, MOST, narrowed } from './logSearch'

const entry = (id: number): Entry => ({ id, at: '', act: 'signed_in', by: '', role: '', subject: '', address: '', detail: '', names: {} })
/** A log of so many entries, numbered from 1. */
const log = (length: number) => {
  const asked: number[] = []
  const fetched = async (before: number, count: number): Promise<Entry[]> => {
    asked.push(before)
    const newest = before ? before - 1 : length
    return Array.from({ length: Math.min(count, newest) }, (_, n) => entry(newest - n))
  }
  return { asked, fetched }
}

describe('what is sought in the log', () => {
  it('stands in the address, and nothing that is not asked for', () => {
    expect(address(everything(), 0, 50)).toBe('/api/administration/log?before=0&count=50')
    expect(address({ who: ' 王 某&', kind: 'personal', since: '2026-05-01', until: '' }, 7, 500)).toBe(
      '/api/administration/log?who=%E7%8E%8B+%E6%9F%90%26&kind=personal&since=2026-05-01&before=7&count=500',
    )
    expect(address({ ...everything(), who: '操作员' }, 0, 50, { 操作员: 'operator' })).toContain('who=operator')
  })
  it('is something or everything', () => {
    expect(narrowed(everything())).toBe(false)
    expect(narrowed({ ...everything(), who: ' ' })).toBe(false)
    expect(narrowed({ ...everything(), until: '2026-05-01' })).toBe(true)
  })
})

describe('all of it for a file', () => {
  it('comes in pieces, each entry once', async () => {
    const { asked, fetched } = log(2 * AT_ONCE + 3)
    const counts: number[] = []
    const { rows, whole } = await gather(fetched, (count) => counts.push(count))
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 2 * AT_ONCE + 3 }, (_, n) => 2 * AT_ONCE + 3 - n))
    expect([whole, counts, asked.length]).toEqual([true, [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 3], 3])
    expect(await gather(log(0).fetched, () => undefined)).toEqual({ rows: [], whole: true })
  })
  it('says where there is more than a file takes', async () => {
    const full = await gather(log(MOST).fetched, () => undefined)
    expect([full.rows.length, full.whole]).toEqual([MOST, true])
    const over = await gather(log(MOST + 1).fetched, () => undefined)
    expect([over.rows.length, over.whole]).toEqual([MOST, false])
  })
})
