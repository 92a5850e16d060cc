import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import en from '../i18n/en'
import zh from '../i18n/zh'
import { lines, type Rights } from './rights'

const RIGHTS: Rights = {
  actions: [
    { action: 'see_case', allowed: { centre: [], assignee: [] } },
    { action: 'dispatch', allowed: { centre: ['dispatched', 'reported'] } },
  ],
  duties: {},
  pool: {}, walls: {},
}
const words = (action: string): string => (zh.rights.actions as Record<string, string>)[action]!

describe('the permissions table', () => {
  it('is read by who, and found by words', () => {
    expect(lines(RIGHTS, '', '', words).map((line) => [line.action, line.who.length])).toEqual([['see_case', 2], ['dispatch', 1]])
    expect(lines(RIGHTS, 'assignee', '', words)).toEqual([{ action: 'see_case', who: [{ standing: 'assignee', stages: [] }] }])
    expect(lines(RIGHTS, '', ' 分派 ', words).map((line) => line.action)).toEqual(['dispatch'])
    expect(lines(RIGHTS, 'assignee', '分派', words)).toEqual([])
  })

  it('has words for everything that is in it', () => {
    const page = readFileSync('../../docs/permissions.md', 'utf8')
    const [cases, others] = page.split('## Administrators')
    const named = (text: string): string[] => [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!)
    const standings = [...new Set([...cases!.matchAll(/^\|[^|]*\| (\w+) \|/gm)].map(([, name]) => name!))].filter((name) => name !== 'standing')
    for (const { rights } of [zh, en]) {
      expect(Object.keys(rights.actions).sort()).toEqual(named(cases!).sort())
      expect(Object.keys(rights.duty).sort()).toEqual(named(others!).sort())
      expect(standings.filter((name) => !(name in rights.standings))).toEqual([])
    }
  })
})
