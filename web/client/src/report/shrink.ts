// A photograph made small enough for a weak network: at most 2000 px, JPEG. Redrawing also leaves out where it was taken.
import { isWhole } from './whole'

const EDGE = 2000

/** Rejects what is no photograph, or only part of one. */
export async function shrink(file: Blob): Promise<Blob> {
  if (!isWhole(new Uint8Array(await file.arrayBuffer()))) throw new Error('cut off')
  const url = URL.createObjectURL(file)
  try {
    const image = await decode(url)
    const scale = Math.min(1, EDGE / Math.max(image.naturalWidth, image.naturalHeight))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale))
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale))
    const context = canvas.getContext('2d')
    if (!context) return file
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), 'image/jpeg', 0.85))
  } finally {
    URL.revokeObjectURL(url)
  }
}

function decode(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image()
    image.onload = () => (image.naturalWidth ? resolve(image) : reject(new Error('empty')))
    image.onerror = () => reject(new Error('not a photograph'))
    image.src = url
  })
}
