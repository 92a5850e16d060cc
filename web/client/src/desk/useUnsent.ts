// What an account has entered on this device and not sent yet: it is sent from whichever of its pages is open.
import { effectScope, onScopeDispose, shallowRef, watch, type EffectScope, type Ref, type ShallowRef } from 'vue'
import type { Entered } from '@/api'
import { useOutbox, type Outbox } from '@/report/outbox'
import { ofStaff } from '@/report/way'

/** The outbox of the account, while there is one. */
export function useUnsent(account: Ref<string>): ShallowRef<Outbox<Entered> | null> {
  const outbox = shallowRef<Outbox<Entered> | null>(null)
  let scope: EffectScope | null = null
  const close = (): void => {
    scope?.stop()
    scope = outbox.value = null
  }
  watch(
    account,
    (id) => {
      close()
      if (!id) return
      scope = effectScope(true)
      const opened = scope.run(() => useOutbox(ofStaff(id)))!
      outbox.value = opened
      void opened.ready.then(() => (opened.due.value ? opened.run() : undefined))
    },
    { immediate: true },
  )
  onScopeDispose(close)
  return outbox
}
