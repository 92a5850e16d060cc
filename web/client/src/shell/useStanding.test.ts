import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { useStanding } from './useStanding'

describe('a refusal', () => {
  it('stands until what it was about is changed, and stands again when it comes again', () => {
    const refusal = ref<Error | null>(null)
    const { standing, changed } = useStanding(() => refusal.value)
    changed()
    refusal.value = new Error('too long')
    expect(standing.value).toBe(refusal.value)
    changed()
    expect(standing.value).toBeUndefined()
    refusal.value = new Error('too long')
    expect(standing.value).toBe(refusal.value)
  })
})
