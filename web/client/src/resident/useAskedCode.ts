// A code that was asked for: whether it is on its way, what went wrong, and the seconds until another one may be asked for.
import { computed, onBeforeUnmount, ref, type Ref } from 'vue'
import type { AskedCode } from './resident'

/** `code` is what is typed as the answer; a new code begins it anew. */
export function useAskedCode(send: () => Promise<AskedCode>, code: Ref<string>) {
  const asked = ref<AskedCode | null>(null)
  const asking = ref(false)
  const error = ref<unknown>(null)
  const now = ref(Date.now())
  const timer = window.setInterval(() => (now.value = Date.now()), 1000)
  onBeforeUnmount(() => clearInterval(timer))
  const left = computed(() => (asked.value ? Math.max(0, Math.ceil((Date.parse(asked.value.again) - now.value) / 1000)) : 0))

  async function ask(): Promise<void> {
    asking.value = true
    error.value = null
    try {
      asked.value = await send()
      code.value = ''
      now.value = Date.now()
    } catch (refused) {
      error.value = refused
    }
    asking.value = false
  }
  return { asked, asking, error, left, ask }
}
