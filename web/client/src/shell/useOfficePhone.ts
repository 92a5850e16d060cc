// The telephone of the office, where the installation has one.
import { onMounted, ref, type Ref } from 'vue'
import { get } from '@/api'

export function useOfficePhone(): Ref<string> {
  const phone = ref('')
  onMounted(async () => {
    phone.value = (await get<{ phone: string }>('/api/settings').catch(() => ({ phone: '' }))).phone
  })
  return phone
}
