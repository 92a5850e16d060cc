// For dialogs whose act may wait for the line: it is not sent after all where somebody thinks better of it meanwhile.
import { ref, watch, type Ref } from 'vue'
import { given, takeBack, waits } from '@/live/connection'

/** Milliseconds after which it is said that something is still on its way. */
const PATIENCE = 1500

/** `begin` before the act is asked for; `mayClose` when the dialog is to go, false where the answer is about to come or it is said here what may have been done;
 *  `slow` while the dialog is `busy` with what has not been answered for a while. */
export function takingBack(busy: () => boolean = () => false): { begin: () => void; mayClose: () => boolean; slow: Ref<boolean> } {
  let since = Infinity
  let patience: ReturnType<typeof setTimeout> | undefined
  const slow = ref(false)
  watch(busy, (now, _, onCleanup) => {
    slow.value = false
    if (now) patience = setTimeout(() => (slow.value = waits(since)), PATIENCE)
    onCleanup(() => clearTimeout(patience))
  })
  return {
    begin: () => void (since = given()),
    mayClose: () => !['unsure', 'waits'].includes(takeBack(since)),
    slow,
  }
}
