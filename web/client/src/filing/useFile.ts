// The list of the paper file, read again whenever something of the case has changed that may be in it.
import { ref, watch, type Ref } from 'vue'
import { get } from '@/api'
import type { CaseDoc } from '@/live/docs'
import type { CaseFile } from './file'

export function useFile(id: string, doc: Ref<CaseDoc | null>, sees: () => boolean): { file: Ref<CaseFile | null>; load: () => Promise<void> } {
  const file = ref<CaseFile | null>(null)
  let asked = 0
  async function load(): Promise<void> {
    if (!sees()) return
    const mine = ++asked
    const found = await get<CaseFile>(`/api/cases/${id}/file`).catch(() => file.value)
    if (mine === asked) file.value = found
  }
  watch(
    () => doc.value && JSON.stringify([sees(), doc.value.stage, doc.value.session_stage, doc.value.agreement?.stage, doc.value.oral, doc.value.archived, doc.value.performance, doc.value.people, doc.value.pictures.length]),
    () => void load(),
    { immediate: true },
  )
  return { file, load }
}
