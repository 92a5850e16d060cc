// Townships as they fit on a wall: tiles for a few, lines for many, and what does not fit as one.
export const SHADES = 5
const LINES_FROM = 17
const MOST = 21

export interface Tile {
  /** Empty for those that are shown together. */
  code: string
  /** Of a township; for those together, how many they are. */
  name: string
  count: number | string
  /** From 0 (few) to 4 (many); -1 where nothing is told. */
  shade: number
}

/** Together they cannot be counted where one of them is hidden. */
function together(counts: (number | string)[]): number | string {
  return counts.some((count) => typeof count !== 'number') ? '*' : counts.reduce<number>((sum, count) => sum + Number(count), 0)
}

export function tilesOf(places: Record<string, string>, townships: Record<string, number | string>): { tiles: Tile[]; lines: boolean } {
  const all = Object.entries(townships).map(([code, count]) => ({ code, name: places[code] ?? code, count }))
  const most = Math.max(1, ...all.map((one) => (typeof one.count === 'number' ? one.count : 0)))
  const shade = (count: number | string): number => (typeof count === 'number' && count > 0 ? Math.min(SHADES - 1, Math.floor((count / most) * (SHADES - 0.001))) : -1)
  const size = (count: number | string): number => (typeof count === 'number' ? count : 0)
  let shown: Omit<Tile, 'shade'>[] = all
  if (all.length > MOST) {
    const busiest = [...all].sort((a, b) => size(b.count) - size(a.count))
    const rest = busiest.slice(MOST - 1)
    shown = [...busiest.slice(0, MOST - 1), { code: '', name: String(rest.length), count: together(rest.map((one) => one.count)) }]
  }
  return { tiles: shown.map((one) => ({ ...one, shade: one.code ? shade(one.count) : -1 })), lines: shown.length >= LINES_FROM }
}
