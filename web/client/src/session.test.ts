import { describe, expect, it } from 'vitest'
import { namelessPage } from './session'

const at = (path: string, query = {}) => ({ path, query })

describe('namelessPage', () => {
  it('is a page of its own that is opened without a session in its address', () => {
    expect(namelessPage(at('/own/k1'), at('/'))).toEqual(['own', 'k1'])
    expect(namelessPage(at('/join/k1-a'), at('/own/k1'))).toEqual(['join', 'k1-a'])
    expect(namelessPage(at('/own/k1', { as: 'x' }), at('/'))).toBeNull()
    expect(namelessPage(at('/case/k1'), at('/'))).toBeNull()
  })

  it('is no step within a page, as into the room or back from proving who one is', () => {
    expect(namelessPage(at('/join/k1-a'), at('/join/k1-a', { identity: 'back' }))).toBeNull()
  })
})
