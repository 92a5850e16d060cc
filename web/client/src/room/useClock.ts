// The present moment by the server's clock, once a second, for waits and countdowns.
import { onScopeDispose, ref, type Ref } from 'vue'
import type { Connection } from '@/live/connection'

export function useClock(connection: Connection): Ref<number> {
  const now = ref(connection.now())
  const timer = window.setInterval(() => (now.value = connection.now()), 1000)
  onScopeDispose(() => clearInterval(timer))
  return now
}
