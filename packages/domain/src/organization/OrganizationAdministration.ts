import { Context, Effect, Layer, Redacted } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import type { Caller } from "../directory/Caller.ts"
import type { Command } from "../directory/Command.ts"
import type { Reply } from "../directory/Decision.ts"
import { Directory } from "../directory/Directory.ts"
import { type ProvisioningError, replyTo } from "../directory/Submission.ts"
import { operatorActor } from "../log/LogEntry.ts"
import { type AccessKey, type AccessKeyKind, generateSecret, hashSecret, type KeyScope, scopesOf } from "./AccessKey.ts"
import type { Configuration, ConfigurationPatch } from "./Configuration.ts"
import type { Organization } from "./Organization.ts"
import type { ReviewWindow } from "./ReviewWindow.ts"

/** What a new key is to be. An API key for which no scopes are given is for everything. */
export interface NewKey {
  readonly kind: AccessKeyKind
  readonly label: string
  readonly scopes?: ReadonlyArray<KeyScope>
}

/** When a window is to be open, in milliseconds since 1970 UTC; without `opensAt` from now on. */
export interface NewReviewWindow {
  readonly name: string
  readonly opensAt?: number | undefined
  readonly closesAt: number
}

/**
 * The use cases of who looks after an organisation, for the Public API and the command line alike: its settings, review
 * windows and keys. Each is a command in the organisation's queue, so that it loses nothing to another at the same
 * moment, counts for the very next request, and leaves an entry in the log in its own transaction (R-LOG-1). Refusals
 * are in the log already.
 */
export class OrganizationAdministration extends Context.Service<
  OrganizationAdministration,
  {
    /** Changes what is given, all or nothing; answers all that is set from now on. */
    configure(caller: Caller, patch: ConfigurationPatch): Effect.Effect<Configuration, ProvisioningError>
    openReviewWindow(caller: Caller, wanted: NewReviewWindow): Effect.Effect<ReviewWindow, ProvisioningError>
    /** Closes the window of that id, or calls it off before it opens; without an id all that are open. */
    closeReviewWindow(
      caller: Caller,
      id: string | undefined
    ): Effect.Effect<ReadonlyArray<ReviewWindow>, ProvisioningError>
    /** Makes a key and returns its secret, the only time that it can be seen (R-ORG-3). */
    issueKey(
      caller: Caller,
      wanted: NewKey
    ): Effect.Effect<{ readonly key: AccessKey; readonly secret: Redacted.Redacted<string> }, ProvisioningError>
    /** Revokes the live key of that id, of that kind where one is named. */
    revokeKey(caller: Caller, id: string, kind?: AccessKeyKind): Effect.Effect<AccessKey, ProvisioningError>
  }
>()("@rollcall/domain/organization/OrganizationAdministration") {
  static readonly layer: Layer.Layer<
    OrganizationAdministration,
    never,
    Directory | SecureRandom.SecureRandom | Digest.Digest
  > = Layer.effect(
    OrganizationAdministration,
    Effect.gen(function* () {
      const directory = yield* Directory
      const random = yield* SecureRandom.SecureRandom
      const digest = yield* Digest.Digest

      const ask = <Tag extends Reply["_tag"]>(caller: Caller, command: Command, tag: Tag) =>
        replyTo(directory, caller, command, tag)

      const issueKey = Effect.fnUntraced(function* (caller: Caller, { kind, label, scopes }: NewKey) {
        const secret = yield* Effect.provideService(generateSecret(kind), SecureRandom.SecureRandom, random)
        const text = Redacted.value(secret)
        const secretHash = yield* Effect.provideService(hashSecret(text), Digest.Digest, digest)
        const id = yield* random.uuidV7()
        const made = { id, kind, label, scopes: scopesOf(kind, scopes), hint: text.slice(-4) }
        const { key } = yield* ask(caller, { _tag: "IssueKey", key: made, secretHash }, "AccessKey")
        return { key, secret }
      })

      const openReviewWindow = Effect.fnUntraced(function* (caller: Caller, wanted: NewReviewWindow) {
        const { closesAt, name, opensAt } = wanted
        const newId = yield* random.uuidV7()
        const command: Command = { _tag: "OpenReviewWindow", newId, name, opensAt, closesAt }
        const { windows } = yield* ask(caller, command, "ReviewWindows")
        const [opened] = windows
        return opened ?? (yield* Effect.die(new Error("No review window was opened")))
      })

      return OrganizationAdministration.of({
        configure: (caller, patch) =>
          Effect.map(
            ask(caller, { _tag: "ConfigureOrganization", patch }, "Configuration"),
            ({ configuration }) => configuration
          ),
        openReviewWindow,
        closeReviewWindow: (caller, id) =>
          Effect.map(ask(caller, { _tag: "CloseReviewWindow", id }, "ReviewWindows"), ({ windows }) => windows),
        issueKey,
        revokeKey: (caller, id, kind) =>
          Effect.map(ask(caller, { _tag: "RevokeKey", id, kind }, "AccessKey"), ({ key }) => key)
      })
    })
  )
}

/** The operator, who asks by a command line: `line` is the command without what may be a secret. */
export const operatorCaller = (
  organization: Organization,
  request: Pick<Caller, "line" | "requestId" | "receivedAt">
): Caller => ({ organization, baseUrl: "", actor: operatorActor, size: 0, ...request })
