// Signing out: what was entered here and not sent is asked of first; without a network nobody is signed out, and it says so.
import { ref, type Ref, type ShallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { post, type Entered } from '@/api'
import { RefusedError } from '@/live/connection'
import { resetConnection } from '@/live/use'
import type { Outbox } from '@/report/outbox'
import { clear } from '@/report/shelf'
import { tab } from '@/session'
import { forgetHere } from './lastHere'

export function useSignOut(account: Ref<string>, outbox: ShallowRef<Outbox<Entered> | null>) {
  const router = useRouter()
  const asking = ref(false)
  const cut = ref(false)
  const busy = ref(false)

  async function ask(): Promise<void> {
    cut.value = false
    await outbox.value?.ready
    if (outbox.value?.waiting.value.length) asking.value = true
    else await leave(false)
  }

  /** `drop`: what was not sent is deleted here. Only once the server has ended the session: whoever stays loses nothing. */
  async function leave(drop: boolean): Promise<void> {
    busy.value = true
    const mine = account.value
    try {
      await post(`/api/sign-out?as=${encodeURIComponent(tab())}`, {})
    } catch (error) {
      // Whoever is not signed in any more is out already.
      if (error instanceof RefusedError && error.retry) {
        cut.value = true
        return
      }
    } finally {
      busy.value = asking.value = false
    }
    if (drop) await clear(`intake/${mine}`)
    forgetHere(mine)
    resetConnection()
    await router.replace('/sign-in')
  }
  return { asking, cut, busy, ask, leave }
}
