// A livelihood matter (民生事项) is told in words of its own where those of a dispute do not fit; what `matter` in the catalogues lacks is said as of any case.
import { inject, provide, type InjectionKey } from 'vue'
import { useI18n } from 'vue-i18n'

type Kind = () => string | undefined
export type Words = (key: string, named?: Record<string, unknown>) => string
const KIND: InjectionKey<Kind> = Symbol('kind')

/** In the words of the case that the page, or the card, is about. */
export function useWords(kind: Kind = inject(KIND, () => undefined)): Words {
  const { t, te } = useI18n()
  return (key, named = {}) => {
    const own = `matter.${key}`
    return t(kind() === 'matter' && te(own) ? own : key, named)
  }
}

/** The same for a page or card that says what it is about: whatever stands in it follows. */
export function tellOf(kind: Kind): Words {
  provide(KIND, kind)
  return useWords(kind)
}
