// Counts down what a refusal asks to wait for.
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { RefusedError } from '@/live/connection'

const waitOf = (error: unknown): number | null => {
  const seconds = error instanceof RefusedError && error.code === 'too_fast' ? Number(error.detail.seconds) : NaN
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null
}

/** Seconds that are left; 0 once they are over; null where nothing is to be waited for. */
export function useSecondsLeft(error: () => unknown): Readonly<Ref<number | null>> {
  const left = ref<number | null>(null)
  let timer = 0
  const stop = (): void => clearInterval(timer)
  watch(
    error,
    (now) => {
      stop()
      left.value = waitOf(now)
      if (left.value === null) return
      const over = Date.now() + left.value * 1000
      timer = window.setInterval(() => {
        left.value = Math.max(0, Math.ceil((over - Date.now()) / 1000))
        if (left.value === 0) stop()
      }, 250)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return left
}
