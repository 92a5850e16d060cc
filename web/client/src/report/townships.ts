// The townships that a report can name: as last seen, until they are fetched anew.
import { onScopeDispose, ref, type Ref } from 'vue'
import { get } from '@/api'

export interface Township {
  code: string
  name: string
}

const REGIONS = 'heyi.regions'

export function useTownships(): Ref<Township[]> {
  const townships = ref(lastSeen())

  async function load(): Promise<void> {
    try {
      const all = await get<Township[]>('/api/regions')
      townships.value = all.filter((region) => region.code.length === 9)
      localStorage.setItem(REGIONS, JSON.stringify(townships.value))
    } catch {
      // The list of last time serves; it is fetched again when the network returns.
    }
  }
  const online = (): void => void (townships.value.length === 0 && load())
  window.addEventListener('online', online)
  onScopeDispose(() => window.removeEventListener('online', online))
  void load()
  return townships
}

function lastSeen(): Township[] {
  try {
    return JSON.parse(localStorage.getItem(REGIONS) ?? '[]') as Township[]
  } catch {
    return []
  }
}
