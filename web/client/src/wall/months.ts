import { dayOf } from '@/moments'

/** The last `count` months of the county until a moment, each as 2026-03, that of the moment last. */
export function monthsUntil(at: string, count: number): string[] {
  const [year, month] = dayOf(Date.parse(at)).split('-').map(Number) as [number, number]
  return Array.from({ length: count }, (_, n) => {
    const whole = year * 12 + month - 1 - (count - 1 - n)
    return `${Math.floor(whole / 12)}-${String((whole % 12) + 1).padStart(2, '0')}`
  })
}
