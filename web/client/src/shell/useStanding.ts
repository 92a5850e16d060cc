// What was refused stands until that is changed which it was about; refused anew, it stands anew.
import { computed, shallowRef, type ComputedRef } from 'vue'

export function useStanding<T>(refusal: () => T): { standing: ComputedRef<T | undefined>; changed: () => void } {
  const passed = shallowRef<T>()
  const standing = computed(() => {
    const now = refusal()
    return now === passed.value ? undefined : now
  })
  return { standing, changed: () => void (passed.value = refusal()) }
}
