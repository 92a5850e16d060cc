import { describe, expect, it } from 'vitest'
import { isWhole } from './whole'

/** A JPEG in one pass, one in several, a PNG; made by Pillow. */
const PICTURES = [
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAQABgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwBVVtrdB6DPHrSiQogQ5CjO3PH6+1NKHeNqDYVHQ8n0oZSWyB1ycqetACKybiAfmUHoeT/gOaKNpb5gQCec8cUUAf/Z',
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgARCAAQABgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIQAxAAAAFYID//xAAWEAADAAAAAAAAAAAAAAAAAAAAESD/2gAIAQEAAQUCHP8A/8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAwEBPwE//8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAgEBPwE//8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQAGPwJf/8QAGhAAAwEBAQEAAAAAAAAAAAAAAAERIUFh0f/aAAgBAQABPyFJxmFOcE1fUTcWQa34S6f/2gAMAwEAAgADAAAAEIPP/8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAwEBPxA//8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAgEBPxA//8QAHRABAAICAgMAAAAAAAAAAAAAAREhADFBUWGh0f/aAAgBAQABPxDgB0TXeCNyCbV78ZJA0Om34Xi4wzGm3rEZBuWVvJUILc1Wf//Z',
  'iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAAQElEQVR4nAXBQQoAMQgDQNYYSH1zf11F7KU78+29SZKUdM4B4CTXWpnZ3TMTEfbey0x3v/cCqCqXNDMAJAEwsx9OORx6xW2CVgAAAABJRU5ErkJggg==',
].map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))

describe('a photograph', () => {
  it('has its end, or was cut off anywhere', () => {
    for (const picture of PICTURES) {
      expect(isWhole(picture)).toBe(true)
      // A PNG's last chunk is known by its name, before its checksum.
      for (let length = 20; length < picture.length - 4; length++) expect(isWhole(picture.subarray(0, length))).toBe(false)
    }
  })

  it('may have more behind its end, as phones put a film there', () => {
    for (const picture of PICTURES) expect(isWhole(new Uint8Array([...picture, 0xff, 0xda, 0, 4, 1, 2]))).toBe(true)
  })

  it('is judged by its decoder where it is nothing that is known here', () => {
    for (const bytes of [[], [0xff], [0x52, 0x49, 0x46, 0x46], [0xff, 0xd8, 0x12, 0x34]]) expect(isWhole(Uint8Array.from(bytes))).toBe(true)
  })
})
