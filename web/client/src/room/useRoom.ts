// A seat's view of its session: the document, presence, the call, and what can be done.
import { computed, inject, onScopeDispose, provide, ref, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import type { Topic } from '@/live/connection'
import type { LiveDoc, RoomDoc, SeatDoc } from '@/live/docs'
import type { Command } from '@/live/messages'
import { useConnection, useTopic } from '@/live/use'
import { Call } from '@/media/call'
import type { Connection } from '@/live/connection'
import type { Device, DeviceFailure } from '@/media/devices'
import { keepDevices } from './keepDevices'
import { Unsent } from './unsent'

type Unaddressed<T> = T extends { case: string } ? Omit<T, 'case'> : never

export interface RoomContext {
  connection: Connection
  session: string
  topic: Topic
  doc: ComputedRef<RoomDoc | null>
  live: ComputedRef<LiveDoc>
  call: ShallowRef<Call | null>
  error: Ref<unknown>
  stream: ShallowRef<MediaStream | null>
  /** Whether our devices give sound; true as long as they are not opened. */
  microphone: ComputedRef<boolean>
  /** Whether our camera gives a picture, be it switched on or not. */
  pictured: ComputedRef<boolean>
  /** Why there is no camera though it is switched on; else empty. */
  lacking: ComputedRef<DeviceFailure | ''>
  /** Seats that are in the room or known to the mediator, in a steady order. */
  seats: ComputedRef<[string, SeatDoc][]>
  nameOf: (seat: string) => string
  unsent: Unsent
  /** What is being written down for the record: whoever loses the seat meanwhile has it back. */
  note: Ref<string>
  act: (command: Unaddressed<Command>) => Promise<Record<string, unknown> | null>
  /** Connect with these devices once the seat is admitted. `lacking`: why there is no camera among them, though it was asked for. */
  use: (stream: MediaStream, lacking?: DeviceFailure | '', asked?: boolean) => void
  /** Take the device that is chosen now. */
  reopen: (device: Device) => Promise<void>
  /** On, off; and where it is on and nothing comes of it, once more. */
  switchCamera: () => void
}

const KEY: InjectionKey<RoomContext> = Symbol('room')

export function provideRoom(session: string): RoomContext {
  const connection = useConnection()
  const { topic, doc } = useTopic<RoomDoc>(connection, `room/${session}`)
  const liveTopic = shallowRef<Topic | null>(null)
  const call = shallowRef<Call | null>(null)
  const stream = shallowRef<MediaStream | null>(null)
  const error = ref<unknown>(null)

  const seats = computed(() => Object.entries(doc.value?.seats ?? {}).sort(([a], [b]) => order(a) - order(b) || a.localeCompare(b)))
  const admitted = computed(() => doc.value?.own.state === 'admitted')

  // The live stream is lost while a caucus shuts us out; it is followed again as soon as that is over.
  watch(
    () => admitted.value && !doc.value?.waiting,
    (inside) => {
      if (liveTopic.value) connection.release(liveTopic.value.name)
      liveTopic.value = inside ? connection.follow(`live/${session}`) : null
    },
    { immediate: true },
  )

  watch([admitted, stream], () => {
    if (admitted.value && stream.value && !call.value) {
      call.value = new Call(connection, session, stream.value)
      void call.value.connect()
    } else if (!admitted.value && call.value) {
      call.value.close()
      call.value = null
    }
  })

  // Whoever came without a microphone is shown so to the others: they would wait for a voice.
  const microphone = computed(() => stream.value === null || stream.value.getAudioTracks().length > 0)
  watch(
    () => admitted.value && !microphone.value && doc.value!.own.audio && !silent(doc.value!.own.role),
    (silent) => silent && void act({ t: 'set_media', media: 'audio', on: false }),
  )

  // What the rules allow is done to our own tracks as well, so that the lamp of the camera tells the truth.
  watch(
    () => [doc.value?.own.muted.join(), call.value, stream.value] as const,
    () => {
      const muted = doc.value?.own.muted ?? []
      call.value?.enable('audio', !muted.includes('audio'))
      call.value?.enable('camera', !muted.includes('camera'))
    },
  )

  // At the door and after the end nothing comes back by itself; whoever watches alone has no camera.
  const inside = computed(() => (admitted.value || doc.value?.own.state === 'lobby') && doc.value!.ended === undefined)
  const camera = computed(() => inside.value && doc.value!.own.camera && !silent(doc.value!.own.role))
  const kept = keepDevices(stream, call, inside, camera)
  const pictured = computed(() => (stream.value?.getVideoTracks().length ?? 0) > 0)
  function switchCamera(): void {
    if (camera.value && !pictured.value) void kept.again()
    else void act({ t: 'set_media', media: 'camera', on: !doc.value?.own.camera })
  }

  function hangUp(): void {
    call.value?.close()
    call.value = null
    for (const track of stream.value?.getTracks() ?? []) track.stop()
    // Given up for good: what has ended by itself would be opened again, or what is asked for at this moment.
    kept.close()
    stream.value = null
  }
  // Whoever is kept out sends nothing: the lamp of the camera goes out with the room.
  watch(
    () => connection.state.health,
    (health) => health === 'closed' && hangUp(),
  )

  onScopeDispose(() => {
    hangUp()
    if (liveTopic.value) connection.release(liveTopic.value.name)
  })

  const give = (command: Unaddressed<Command>): Promise<Record<string, unknown>> => connection.do({ ...command, case: doc.value?.case ?? session.split('-')[0]! } as Command)

  async function act(command: Unaddressed<Command>): Promise<Record<string, unknown> | null> {
    error.value = null
    try {
      return await give(command)
    } catch (refusal) {
      error.value = refusal
      return null
    }
  }

  const context: RoomContext = {
    connection,
    session,
    topic,
    doc,
    live: computed(() => (liveTopic.value?.doc ?? {}) as LiveDoc),
    call,
    error,
    stream,
    microphone,
    seats,
    nameOf: (seat) => doc.value?.seats?.[seat]?.name ?? '',
    unsent: new Unsent((text, talk) => give({ t: 'say', text, talk })),
    note: ref(''),
    act,
    use: kept.use,
    reopen: kept.reopen,
    pictured,
    lacking: computed(() => (camera.value && !pictured.value ? kept.lacking.value : '')),
    switchCamera,
  }
  provide(KEY, context)
  return context
}

/** Who watches and listens alone. */
export const silent = (role: string): boolean => role === 'observer' || role === 'recorder'

export function useRoom(): RoomContext {
  const context = inject(KEY)
  if (!context) throw new Error('useRoom outside of a room')
  return context
}

// Parties first, then those who help, ourselves as the mediator last.
const order = (seat: string): number => ({ s: 0, e: 1, o: 2, a: 3, m: 4 })[seat[0] ?? 'o'] ?? 2
