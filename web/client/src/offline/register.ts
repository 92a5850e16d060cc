// The page's side of the offline worker.
import type { Page } from './rule'

/** What the page asks for as it opens goes first, ms. */
const AFTER = 1_000

/** From now on this page opens without a network. Where browsers allow no worker (plain HTTP, some private windows, a certificate that nobody trusts) it stays as it is. */
export function openOffline(page: Page): void {
  if (!import.meta.env.PROD || !isSecureContext || !('serviceWorker' in navigator)) return
  const register = (): void => void navigator.serviceWorker.register('/sw.js', { scope: page, updateViaCache: 'none' }).catch(() => undefined)
  const later = (): void => void setTimeout(register, AFTER)
  if (document.readyState === 'complete') later()
  else addEventListener('load', later, { once: true })
}
