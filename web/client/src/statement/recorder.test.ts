import { describe, expect, it } from 'vitest'
import { spoken, typeFor } from './recorder'

describe('what a browser records', () => {
  it('is MP4 where every phone plays it, else WebM, else nothing', () => {
    const safari = (type: string): boolean => type.includes('mp4')
    const firefox = (type: string): boolean => type.startsWith('video/webm') || type.startsWith('audio/webm')
    expect(typeFor(true, safari)).toBe('video/mp4;codecs=avc1.42E01E,mp4a.40.2')
    expect(typeFor(true, firefox)).toBe('video/webm;codecs=vp8,opus')
    expect(typeFor(false, firefox)).toBe('audio/webm;codecs=opus')
    expect(typeFor(true, (type) => type === 'video/mp4')).toBe('video/mp4')
    expect(typeFor(false, () => false)).toBeUndefined()
  })
  it('is told in minutes and seconds', () => {
    expect([0, 9.9, 60, 245, 300].map(spoken)).toEqual(['0:00', '0:09', '1:00', '4:05', '5:00'])
  })
})
