import { describe, expect, it, vi } from 'vitest'
import { namelessPage, setTab } from './session'

const at = (path: string, query = {}) => ({ path, query })

describe('namelessPage', () => {
  it('is a page of its own that is opened without a session in its address', () => {
    expect(namelessPage(at('/own/k1'), at('/'))).toEqual(['own', 'k1'])
    expect(namelessPage(at('/join/k1-a'), at('/own/k1'))).toEqual(['join', 'k1-a'])
    expect(namelessPage(at('/own/k1', { as: 'x' }), at('/'))).toBeNull()
    expect(namelessPage(at('/c/HY-1'), at('/'))).toBeNull()
  })

  it('is one of staff in a tab that is nobody’s yet', () => {
    const kept = new Map<string, string>()
    vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
    expect(namelessPage(at('/case/k1'), at('/'))).toEqual(['desk', ''])
    expect(namelessPage(at('/desk/cases'), at('/'))).toEqual(['desk', ''])
    expect(namelessPage(at('/desk', { as: 'x' }), at('/'))).toBeNull()
    setTab('x')
    expect(namelessPage(at('/case/k1'), at('/'))).toBeNull()
  })

  it('is no step within a page, as into the room or back from proving who one is', () => {
    expect(namelessPage(at('/join/k1-a'), at('/join/k1-a', { identity: 'back' }))).toBeNull()
  })
})
