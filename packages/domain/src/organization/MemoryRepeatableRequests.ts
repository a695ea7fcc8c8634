import { Clock, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { type HeldRequest, meet, type RepeatableName, RepeatableRequests } from "./RepeatableRequests.ts"

/** The reference implementation of {@link RepeatableRequests}: in memory, for one server. */
export const layerMemoryRepeatableRequests: Layer.Layer<RepeatableRequests, never, SecureRandom.SecureRandom> =
  Layer.effect(
    RepeatableRequests,
    Effect.gen(function* () {
      const random = yield* SecureRandom.SecureRandom
      const requests = new Map<string, HeldRequest & { readonly token: string }>()
      const placeOf = ({ idempotencyKey, keyId, organization }: RepeatableName) =>
        JSON.stringify([organization, keyId, idempotencyKey])
      return RepeatableRequests.of({
        begin: Effect.fnUntraced(function* (name, requestHash) {
          const token = yield* random.uuidV4()
          const now = yield* Clock.currentTimeMillis
          const place = placeOf(name)
          const met = meet(requests.get(place), requestHash, now)
          if (met !== undefined) return met
          requests.set(place, { requestHash, begunAt: now, outcome: "running", token })
          return { _tag: "Begun", token } as const
        }),
        finish: (name, token, answer) =>
          Effect.sync(() => {
            const held = requests.get(placeOf(name))
            if (held?.token === token) requests.set(placeOf(name), { ...held, outcome: answer })
          }),
        abandon: (name, token) =>
          Effect.sync(() => {
            if (requests.get(placeOf(name))?.token === token) requests.delete(placeOf(name))
          })
      })
    })
  )
