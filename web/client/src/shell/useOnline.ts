// Whether the device has a network, as far as the browser knows: that a line stalls it does not.
import { onScopeDispose, ref, type Ref } from 'vue'

export function useOnline(): Ref<boolean> {
  const online = ref(navigator.onLine)
  const look = (): void => void (online.value = navigator.onLine)
  window.addEventListener('online', look)
  window.addEventListener('offline', look)
  onScopeDispose(() => {
    window.removeEventListener('online', look)
    window.removeEventListener('offline', look)
  })
  return online
}
