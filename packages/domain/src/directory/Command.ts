import type { ImportedLines } from "../csv/ImportedLines.ts"
import type { ImportedUser } from "../csv/ImportedUser.ts"
import type { ImportStep } from "../csv/ImportStep.ts"
import type { GroupId } from "../group/Group.ts"
import type { GroupTypeId } from "../group/GroupType.ts"
import type { Actor, Subject } from "../log/LogEntry.ts"
import type { AccessKey, AccessKeyKind } from "../organization/AccessKey.ts"
import type { ConfigurationPatch } from "../organization/Configuration.ts"
import type { OAuthCommand } from "../organization/OAuthCommand.ts"
import type { PatchRequest } from "../scim/PatchRequest.ts"
import type { ResourceInput } from "../scim/ResourceInput.ts"
import type { ScimError } from "../scim/ScimError.ts"
import type { PasswordHash } from "../user/PasswordHash.ts"
import type { UserId } from "../user/UserId.ts"
import type { WebhookCommand } from "../webhooks/WebhookCommand.ts"

/**
 * A write to an organisation, read and made canonical already. `ifMatch` is the header or the bulk `version` as it was
 * sent. New ids come with the command, so that deciding it is pure.
 */
export type Command =
  | { readonly _tag: "CreateUser"; readonly newId: UserId; readonly input: ResourceInput }
  | {
      readonly _tag: "ReplaceUser"
      readonly id: UserId
      readonly input: ResourceInput
      readonly ifMatch: string | undefined
    }
  | {
      readonly _tag: "PatchUser"
      readonly id: UserId
      readonly patch: PatchRequest
      readonly ifMatch: string | undefined
    }
  | { readonly _tag: "DeleteUser"; readonly id: UserId; readonly ifMatch: string | undefined }
  | { readonly _tag: "CreateGroup"; readonly newId: GroupId; readonly input: ResourceInput }
  | {
      readonly _tag: "ReplaceGroup"
      readonly id: GroupId
      readonly input: ResourceInput
      readonly ifMatch: string | undefined
    }
  | {
      readonly _tag: "PatchGroup"
      readonly id: GroupId
      readonly patch: PatchRequest
      readonly ifMatch: string | undefined
    }
  | { readonly _tag: "DeleteGroup"; readonly id: GroupId; readonly ifMatch: string | undefined }
  | { readonly _tag: "DefineGroupType"; readonly newId: GroupTypeId; readonly name: string }
  | { readonly _tag: "RenameGroupType"; readonly id: GroupTypeId; readonly name: string }
  | { readonly _tag: "DeleteGroupType"; readonly id: GroupTypeId }
  /** Every group type in its new order. */
  | { readonly _tag: "ReorderGroupTypes"; readonly order: ReadonlyArray<GroupTypeId> }
  | { readonly _tag: "MoveGroup"; readonly id: GroupId; readonly type: GroupTypeId }
  /** All admins that the group is to have. */
  | { readonly _tag: "SetGroupAdmins"; readonly id: GroupId; readonly admins: ReadonlyArray<UserId> }
  | { readonly _tag: "ConfigureOrganization"; readonly patch: ConfigurationPatch }
  /** Times in milliseconds since 1970 UTC; one without `opensAt` opens now. */
  | {
      readonly _tag: "OpenReviewWindow"
      readonly newId: string
      readonly name: string
      readonly opensAt: number | undefined
      readonly closesAt: number
    }
  /** Of no id: all that are open. */
  | { readonly _tag: "CloseReviewWindow"; readonly id: string | undefined }
  /** A new key, of whose secret only the hash is told (R-ORG-3). */
  | {
      readonly _tag: "IssueKey"
      readonly key: Pick<AccessKey, "id" | "kind" | "label" | "scopes" | "hint">
      readonly secretHash: string
    }
  /** A key of that kind, or of either. */
  | { readonly _tag: "RevokeKey"; readonly id: string; readonly kind: AccessKeyKind | undefined }
  | OAuthCommand
  | WebhookCommand
  /** Something was done, or is about to be, outside the directory: only its log entry is written (R-LOG-1). */
  | {
      readonly _tag: "Record"
      readonly subject: Subject
      readonly text: string
    }
  /** Time has passed: what is due for a person is done (R-START-3, R-START-9, R-MGR-4). */
  | { readonly _tag: "TickUser"; readonly id: UserId }
  /** A person sets their password by a link (R-MAIL-1), of whose token only the hash is told. */
  | {
      readonly _tag: "SetOwnPassword"
      readonly user: UserId
      readonly tokenHash: string
      readonly hash: PasswordHash
    }
  /** A row of a file of people (R-CSV-2). */
  | {
      readonly _tag: "ImportUser"
      readonly newId: UserId
      readonly row: ImportedUser
      /** Whether people who start by it are written to. */
      readonly invite: boolean
      /** An id for each group of the row, where groups that are missing are to be made. */
      readonly newGroups: ReadonlyArray<GroupId> | undefined
      /** The lines of the file by which people were named until now. */
      readonly lines: ImportedLines
    }
  /** A request that was refused before it became a command: only its log entry is written (R-LOG-1). */
  | { readonly _tag: "Refuse"; readonly error: ScimError }

/** A command and the request that it came from. */
export interface Request {
  readonly command: Command
  readonly requestId: string
  readonly actor: Actor
  /** The request line without the query: `PATCH /Users/7c9e…`. */
  readonly line: string
  /** Characters of the body: what a batch and a queue are bounded by, besides the number of requests. */
  readonly size: number
  /** When the request came in, in milliseconds. */
  readonly receivedAt: number
  /** How far an import has come with it. */
  readonly step?: ImportStep
}
