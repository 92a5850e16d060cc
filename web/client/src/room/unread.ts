// How many lines of others somebody has not seen: neither since the last look, nor since an own line, which answers what stands above it.
import type { ChatLine } from '@/live/docs'

export function unread(lines: Record<string, ChatLine>, seen: string, me: string): number {
  const own = Object.keys(lines).filter((id) => lines[id]!.seat === me).sort().at(-1) ?? ''
  return Object.keys(lines).filter((id) => id > seen && id > own).length
}
