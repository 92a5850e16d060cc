// Townships and villages of a county, for whoever puts right where a case happened. Without them that cannot be done, and everything else can.
import { ref } from 'vue'
import { get } from '@/api'
import type { Township } from '@/report/townships'

const [COUNTY, TOWNSHIP] = [6, 9]

/** `of`: a region of that county. */
export function useRegions(of: () => string) {
  const regions = ref<Township[]>([])
  void get<Township[]>('/api/regions').then(
    (all) => (regions.value = all.filter(({ code }) => code.length >= TOWNSHIP && code.startsWith(of().slice(0, COUNTY)))),
    () => undefined,
  )
  return regions
}
