// Who else of this session has a seat in this browser: asked of the server, which sees the sessions that the browser holds.
import { inject, provide, ref, watch, type InjectionKey, type Ref } from 'vue'
import { post } from '@/api'
import type { RoomContext } from './useRoom'

export interface Companion {
  as: string
  seat: string
  name: string
}
const KEY: InjectionKey<Ref<Companion[]>> = Symbol('beside')

export function provideBeside({ doc, session }: Pick<RoomContext, 'doc' | 'session'>): Ref<Companion[]> {
  const found = ref<Companion[]>([])
  // Again when a private talk is over, before which nobody joins a device, and when the own seat changes.
  watch(
    () => doc.value && doc.value.own.role === 'party' && doc.value.ended === undefined && `${doc.value.own.state} ${doc.value.caucus?.id ?? ''} ${Boolean(doc.value.waiting)}`,
    async (ready) => {
      if (ready) found.value = (await post<{ seats: Companion[] }>(`/api/sessions/${session}/beside`, {}).catch(() => ({ seats: found.value }))).seats
    },
    { immediate: true },
  )
  provide(KEY, found)
  return found
}

export const useBeside = (): Ref<Companion[]> => inject(KEY, ref([]))
