import { Effect, Layer } from "effect"
import type { OrganizationId } from "../organization/Organization.ts"
import { type AttemptSubject, attemptWindow, type CountedAttempts, PasswordAttempts } from "./PasswordAttempts.ts"

/** The reference implementation of {@link PasswordAttempts}. */
export const layerMemoryPasswordAttempts: Layer.Layer<PasswordAttempts> = Layer.sync(PasswordAttempts, () => {
  const counts = new Map<string, CountedAttempts>()
  const keyOf = (organization: OrganizationId, { id, kind }: AttemptSubject) => `${organization} ${kind} ${id}`
  return PasswordAttempts.of({
    take: (organization, subject, now) =>
      Effect.sync(() => {
        for (const [key, { since }] of counts) if (since + attemptWindow <= now) counts.delete(key)
        const key = keyOf(organization, subject)
        const { attempts, since } = counts.get(key) ?? { attempts: 0, since: now }
        const counted = { attempts: attempts + 1, since }
        counts.set(key, counted)
        return counted
      }),
    forgive: (organization, person, key) =>
      Effect.sync(() => {
        counts.delete(keyOf(organization, person))
        const held = counts.get(keyOf(organization, key))
        if (held === undefined) return
        counts.set(keyOf(organization, key), { ...held, attempts: Math.max(0, held.attempts - 1) })
      })
  })
})
