// Going to the identity provider: the page is left, and comes back as it was when the person returns by the browser's own button.
import { onMounted, onUnmounted, ref, type Ref } from 'vue'
import { post } from '@/api'

export function useProvider(): { leaving: Ref<boolean>; error: Ref<unknown>; go: (path: 'begin' | 'link', asked: Record<string, unknown>) => Promise<void> } {
  const leaving = ref(false)
  const error = ref<unknown>(null)
  const back = (): void => void (leaving.value = false)

  async function go(path: 'begin' | 'link', asked: Record<string, unknown>): Promise<void> {
    leaving.value = true
    error.value = null
    try {
      location.assign((await post<{ url: string }>(`/api/oidc/${path}`, asked)).url)
    } catch (refused) {
      error.value = refused
      leaving.value = false
    }
  }

  onMounted(() => addEventListener('pageshow', back))
  onUnmounted(() => removeEventListener('pageshow', back))
  return { leaving, error, go }
}
