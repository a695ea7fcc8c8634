import { createHash } from "node:crypto"
import { Effect, Stream } from "effect"

/** By which a file is known again (R-CSV-4): the SHA-256 of its bytes, in hexadecimal digits. */
export const fileFingerprint = <E>(bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<string, E> =>
  Effect.suspend(() => {
    const hash = createHash("sha256")
    return Effect.map(
      Stream.runForEach(bytes, (chunk) => Effect.sync(() => hash.update(chunk))),
      () => hash.digest("hex")
    )
  })
