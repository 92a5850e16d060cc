// For dialogs whose act may wait for the line: it is not sent after all where somebody thinks better of it meanwhile.
import { given, takeBack, waits } from '@/live/connection'

/** `begin` before the act is asked for; `mayClose` when the dialog is to go, false where the answer is about to come or it is said here what may have been done. */
export function takingBack(): { begin: () => void; mayClose: () => boolean; waiting: () => boolean } {
  let since = Infinity
  return {
    begin: () => void (since = given()),
    mayClose: () => !['unsure', 'waits'].includes(takeBack(since)),
    waiting: () => waits(since),
  }
}
