import { assertionAlgorithms } from "@rollcall/domain/organization/Assertion"
import { AssertionRefused, FederatedIdentities } from "@rollcall/domain/organization/FederatedIdentities"
import { Effect, Layer, Redacted } from "effect"
import { compactVerify, errors } from "jose"
import { IssuerDocuments } from "./IssuerDocuments.ts"
import { IssuerKeys, type KeySet } from "./IssuerKeys.ts"

/** Identities vouched for by JWTs, verified by the keys that their issuers publish. */
export const layerSignedIdentities: Layer.Layer<FederatedIdentities, never, IssuerKeys> = Layer.effect(
  FederatedIdentities,
  Effect.map(IssuerKeys, (issuers) =>
    FederatedIdentities.of({
      claims: Effect.fnUntraced(function* (issuer, assertion) {
        const known = yield* issuers.keysOf(issuer, false)
        const payload = yield* verify(known, assertion).pipe(
          Effect.catchTag("KeyUnknown", () =>
            Effect.gen(function* () {
              const asked = yield* issuers.keysOf(issuer, true)
              return yield* asked !== known ? verify(asked, assertion) : Effect.fail(new KeyUnknown())
            })
          ),
          Effect.catchTag("KeyUnknown", () => refused("no key of its issuer has its kid"))
        )
        return yield* Effect.try({
          try: (): unknown => JSON.parse(decoder.decode(payload)),
          catch: () => new AssertionRefused({ reason: "the claims are not JSON" })
        })
      })
    })
  )
)

/** The same by the network; see {@link IssuerDocuments}. */
export const layerFederatedIdentities = (allowPrivate: boolean): Layer.Layer<FederatedIdentities> =>
  layerSignedIdentities.pipe(Layer.provide(IssuerKeys.layer), Layer.provide(IssuerDocuments.layer(allowPrivate)))

class KeyUnknown {
  readonly _tag = "KeyUnknown"
}

const decoder = new TextDecoder("utf-8", { fatal: true })

const refused = (reason: string) => Effect.fail(new AssertionRefused({ reason: `the assertion is refused: ${reason}` }))

const verify = (
  keys: KeySet,
  assertion: Redacted.Redacted<string>
): Effect.Effect<Uint8Array, AssertionRefused | KeyUnknown> =>
  Effect.tryPromise({
    try: () => compactVerify(Redacted.value(assertion), keys, { algorithms: [...assertionAlgorithms] }),
    catch: (error) => {
      if (error instanceof errors.JWKSNoMatchingKey) return new KeyUnknown()
      // The codes are fixed words; a message may repeat what was sent.
      const code = error instanceof errors.JOSEError ? error.code : "it is no JWT"
      return new AssertionRefused({ reason: `the assertion is refused: ${code}` })
    }
  }).pipe(Effect.map(({ payload }) => payload))
