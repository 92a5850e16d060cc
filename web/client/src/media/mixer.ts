// A voice and the sound of a shared screen, as one track.
export class Mixer {
  private readonly context = new AudioContext()
  private readonly out = this.context.createMediaStreamDestination()
  private speaking: MediaStreamAudioSourceNode

  constructor(
    public voice: MediaStreamTrack,
    sound: MediaStreamTrack,
  ) {
    this.speaking = this.source(voice)
    this.source(sound)
  }

  get track(): MediaStreamTrack {
    return this.out.stream.getAudioTracks()[0]!
  }

  /** Another microphone. */
  speak(voice: MediaStreamTrack): void {
    this.speaking.disconnect()
    this.voice = voice
    this.speaking = this.source(voice)
  }

  close(): void {
    void this.context.close()
  }

  private source(track: MediaStreamTrack): MediaStreamAudioSourceNode {
    const node = this.context.createMediaStreamSource(new MediaStream([track]))
    node.connect(this.out)
    return node
  }
}
