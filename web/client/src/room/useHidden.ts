// Whether the page has been out of sight for a while: another app, another tab, a locked phone. A glance away is none.
import { onScopeDispose, ref, type Ref } from 'vue'

const AFTER = 4000

export function useHidden(): Ref<boolean> {
  const hidden = ref(false)
  let timer = 0
  const look = (): void => {
    clearTimeout(timer)
    if (document.visibilityState === 'visible') hidden.value = false
    else timer = window.setTimeout(() => (hidden.value = true), AFTER)
  }
  document.addEventListener('visibilitychange', look)
  // A page may be opened in the background, by a link in another tab.
  look()
  onScopeDispose(() => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  })
  return hidden
}
