// The numbers of one wall, or why there are none to be seen.
import { computed, type ComputedRef } from 'vue'
import { RefusedError, type Connection } from '@/live/connection'
import { useTopic } from '@/live/use'

export function useWall<T extends { updated_at: string }>(connection: Connection, region: string): { doc: ComputedRef<T | null>; shut: ComputedRef<RefusedError | null> } {
  const { topic, doc } = useTopic<T>(connection, `wall/${region}`)
  const shut = computed(() => {
    if (topic.gone && topic.gone !== 'again') return new RefusedError('not_allowed', '')
    // A place that there is not has a wall without numbers.
    return doc.value && !doc.value.updated_at ? new RefusedError('no_page', '') : null
  })
  return { doc: computed(() => (doc.value?.updated_at ? doc.value : null)), shut }
}
