// Proving who one is on a provider's page: whether it is offered here, the way there, and what it found, which the server asks for itself.
import { computed, inject, onScopeDispose, provide, ref, watch, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { get, post } from '@/api'
import type { RoomContext } from './useRoom'

export interface Identity {
  /** Its name; empty where nobody proves identities, or this seat needs no proof. */
  provider: ComputedRef<string>
  /** The person has just come back from the provider's page. */
  back: boolean
  looking: Ref<boolean>
  error: Ref<unknown>
  /** The case has no identity number of this person: it has to be given. */
  lacking: Ref<boolean>
  go: (number: string) => Promise<void>
  look: () => Promise<void>
}
const KEY: InjectionKey<Identity> = Symbol('identity')
/** Milliseconds between two looks, and how many: a provider may need a moment for its result. */
const EVERY = 2_000
const MOST = 15

export function provideIdentity({ doc, session }: Pick<RoomContext, 'doc' | 'session'>): Identity {
  const [route, router] = [useRoute(), useRouter()]
  const name = ref('')
  const looking = ref(false)
  const error = ref<unknown>(null)
  const lacking = ref(false)
  const back = route.query.identity === 'back'
  let timer = 0
  const needed = computed(() => doc.value?.own.role === 'party' && !doc.value.own.acts && doc.value.ended === undefined)

  async function go(number: string): Promise<void> {
    error.value = null
    try {
      window.location.assign((await post<{ url: string }>(`/api/sessions/${session}/identity`, number ? { id_number: number } : {})).url)
    } catch (refusal) {
      error.value = refusal
    }
  }

  async function look(times = 1): Promise<void> {
    clearTimeout(timer)
    looking.value = true
    error.value = null
    try {
      const { state } = await post<{ state: string }>(`/api/sessions/${session}/identity/outcome`, {})
      if (state === 'open' && times < MOST) {
        timer = window.setTimeout(() => void look(times + 1), EVERY)
        return
      }
    } catch (refusal) {
      error.value = refusal
    }
    looking.value = false
  }

  watch(
    needed,
    async (now) => {
      if (!now || name.value) return
      const told = await get<{ provider: string; number?: boolean }>(`/api/sessions/${session}/identity`).catch(() => ({ provider: '', number: true }))
      name.value = told.provider
      lacking.value = !told.number
      if (!back) return
      void router.replace({ path: route.path, hash: route.hash })
      await look()
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  const found: Identity = { provider: computed(() => (needed.value ? name.value : '')), back, looking, error, lacking, go, look: () => look() }
  provide(KEY, found)
  return found
}

export const useIdentity = (): Identity | undefined => inject(KEY, undefined)
