// A page of staff that opens without a network: as whoever was signed in here last, until the server says who it is.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Connection } from '@/live/connection'
import type { Who } from '@/live/door'
import { PATIENCE } from '@/offline/rule'
import { named, setTab, tab } from '@/session'
import { lastHere, noteHere } from './lastHere'

/** `live`: who it is, as the server says; `works`: whether the page is of use without it. `forgotten`: nobody is known whose it could be. */
export function useOffline(connection: Connection, live: Ref<Who | null>, works: () => boolean): { last: ShallowRef<Who | null>; forgotten: Ref<boolean> } {
  const last = shallowRef<Who | null>(null)
  const forgotten = ref(false)

  function fall(): void {
    if (live.value || last.value || !works()) return
    const known = lastHere()
    // A tab of another session is somebody else's.
    const fits = known !== null && (!named() || tab() === known.as)
    forgotten.value = !fits
    if (!fits) return
    setTab(known.as)
    last.value = known.who
  }
  const timer = window.setTimeout(fall, PATIENCE)
  onScopeDispose(() => clearTimeout(timer))
  watch(
    () => connection.state.health,
    (health) => health === 'reconnecting' && fall(),
    { immediate: true },
  )
  watch(
    live,
    (who) => {
      if (!who) return
      forgotten.value = false
      if (who.kind === 'account') noteHere(who, tab())
    },
    { immediate: true },
  )
  return { last, forgotten }
}
