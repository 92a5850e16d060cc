/** The first character of a name, whole: rare ones such as 𠮷 take two units of a string. */
export const initial = (name: string): string => [...name][0] ?? ''
