// An order that leaves the desk because somebody else was faster, or its time was over: which of them, since a card that is simply gone leaves one wondering.
import { ref, watch } from 'vue'
import { get } from '@/api'
import type { Order } from '@/live/docs'

/** `mine`: the order that this desk is answering just now; what becomes of it is told by the answer. */
export function useTaken(orders: () => Record<string, Order> | undefined, mine: () => string) {
  /** `by` is empty where nobody took it in time. */
  const taken = ref<{ title: string; by: string } | null>(null)
  watch(orders, (now, before) => {
    for (const [id, order] of Object.entries(before ?? {})) if (!now?.[id] && id !== mine()) void ask(id, order.title)
  })

  async function ask(id: string, title: string): Promise<void> {
    try {
      const { taken_by: by, lapsed } = await get<{ taken_by: string; lapsed: boolean }>(`/api/orders/${id}`)
      if (by || lapsed) taken.value = { title, by }
    } catch {
      // Given to others, or withdrawn: nobody was faster, and the order is none of ours any more.
    }
  }

  return { taken }
}
