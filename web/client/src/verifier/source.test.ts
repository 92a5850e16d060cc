// @vitest-environment node
import { expect, it } from 'vitest'
import { Source } from './source'
import { fingerprintOf, verifyFile } from './verify'

const large = new Blob([new Uint8Array(3 * 2 ** 20 + 5)])

it('reads in pieces and tells how far it is', async () => {
  const told: number[][] = []
  const source = new Source(large, { progress: (done, total) => told.push([done, total]) })
  source.expect(large.size)
  const sizes: number[] = []
  for await (const piece of source.pieces(0, large.size)) sizes.push(piece.length)
  expect(sizes).toEqual([2 ** 20, 2 ** 20, 2 ** 20, 5])
  expect(told[told.length - 1]).toEqual([large.size, large.size])
})

it('stops when asked, and says so rather than that something is wrong', async () => {
  const stop = new AbortController()
  const going = fingerprintOf(large, { progress: () => stop.abort(), signal: stop.signal })
  await expect(going).rejects.toThrow('cancelled')
  await expect(verifyFile(new Blob(['PK']), null, { signal: stop.signal })).rejects.toThrow('cancelled')
})

it('refuses stretches that the file does not have', async () => {
  const source = new Source(new Blob(['abc']))
  await expect(source.pieces(0, 4).next().then(() => source.pieces(3, 1).next())).rejects.toThrow('zip_truncated')
  await expect(source.pieces(0, -1).next()).rejects.toThrow('zip_truncated')
  await expect(source.content({ name: 'x', start: 0, size: 2 ** 27 })).rejects.toThrow('file_too_large')
})

it('knows nothing of other files', async () => {
  const report = await verifyFile(new Blob(['GIF89a']))
  expect([report.verdict, report.checks.map((check) => check.code)]).toEqual(['不成立', ['known_format', 'anchor_not_checked']])
})
