// At a door that is closed: how much of whoever was here last waits on this device. Its number alone: whoever stands there may be anybody.
import { ref, watch, type Ref } from 'vue'
import { countOf } from '@/report/shelf'
import { lastAccount } from './lastHere'

export function useEnded(closed: Ref<unknown>): Ref<number> {
  const count = ref(0)
  watch(
    closed,
    async (now) => {
      const account = now ? lastAccount() : ''
      count.value = account ? await countOf(`intake/${account}`) : 0
    },
    { immediate: true },
  )
  return count
}
