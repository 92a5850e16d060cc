// A modal dialog (`ref="dialog"`) for the life of the calling component. Closing it before it goes returns the focus to where it was opened.
import { onBeforeUnmount, onMounted, useTemplateRef, type ShallowRef } from 'vue'

export function useDialog(): Readonly<ShallowRef<HTMLDialogElement | null>> {
  const dialog = useTemplateRef<HTMLDialogElement>('dialog')
  onMounted(() => dialog.value?.showModal?.())
  onBeforeUnmount(() => dialog.value?.close?.())
  return dialog
}
