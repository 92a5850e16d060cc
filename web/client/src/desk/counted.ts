/** Each name once, in the order of first appearance, with how often it stands there: several people of one committee are one committee. */
export function counted(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
}
