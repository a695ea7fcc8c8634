import { decideCreateGroup, decideDeleteGroup, decidePatchGroup, decideReplaceGroup } from "../group/decideGroup.ts"
import { decideMoveGroup, decideSetGroupAdmins } from "../group/decideGroupAdministration.ts"
import {
  decideDefineGroupType,
  decideDeleteGroupType,
  decideRenameGroupType,
  decideReorderGroupTypes
} from "../group/decideGroupType.ts"
import { decideIssueKey, decideRevokeKey } from "../organization/decideKey.ts"
import { decideOAuthClient } from "../organization/decideOAuthClient.ts"
import { decideConfigureOrganization } from "../organization/decideOrganization.ts"
import { decideCloseReviewWindow, decideOpenReviewWindow } from "../organization/decideReviewWindow.ts"
import { decideImportUser } from "../user/decideImportUser.ts"
import { decideSetOwnPassword } from "../user/decideSetOwnPassword.ts"
import { decideTickUser } from "../user/decideTickUser.ts"
import { decideCreateUser, decideDeleteUser, decidePatchUser, decideReplaceUser } from "../user/decideUser.ts"
import { decideWebhook } from "../webhooks/decideWebhook.ts"
import type { Command } from "./Command.ts"
import type { DecideContext } from "./DecideContext.ts"
import { type Decision, refused } from "./Decision.ts"
import type { WorkingSet } from "./WorkingSet.ts"

/**
 * The reducer: a command, what stands now, the settings and the time give a decision. Pure: the same arguments give
 * the same decision, and nothing is changed by asking (DESIGN: decide, then do).
 */
export const decide = (command: Command, view: WorkingSet, context: DecideContext): Decision => {
  switch (command._tag) {
    case "CreateUser":
      return decideCreateUser(command, view, context)
    case "ReplaceUser":
      return decideReplaceUser(command, view, context)
    case "PatchUser":
      return decidePatchUser(command, view, context)
    case "DeleteUser":
      return decideDeleteUser(command, view, context)
    case "CreateGroup":
      return decideCreateGroup(command, view, context)
    case "ReplaceGroup":
      return decideReplaceGroup(command, view, context)
    case "PatchGroup":
      return decidePatchGroup(command, view, context)
    case "DeleteGroup":
      return decideDeleteGroup(command, view, context)
    case "DefineGroupType":
      return decideDefineGroupType(command, view)
    case "RenameGroupType":
      return decideRenameGroupType(command, view)
    case "DeleteGroupType":
      return decideDeleteGroupType(command, view)
    case "ReorderGroupTypes":
      return decideReorderGroupTypes(command, view)
    case "MoveGroup":
      return decideMoveGroup(command, view)
    case "SetGroupAdmins":
      return decideSetGroupAdmins(command, view)
    case "ConfigureOrganization":
      return decideConfigureOrganization(command, context)
    case "OpenReviewWindow":
      return decideOpenReviewWindow(command, context)
    case "CloseReviewWindow":
      return decideCloseReviewWindow(command, context)
    case "IssueKey":
      return decideIssueKey(command, view, context)
    case "RevokeKey":
      return decideRevokeKey(command, view, context)
    case "CreateOAuthClient":
    case "AddOAuthSecret":
    case "FederateOAuthClient":
    case "RevokeOAuthClient":
    case "RevokeOAuthCredential":
      return decideOAuthClient(command, view, context)
    case "AddWebhook":
    case "ChangeWebhook":
    case "RotateWebhookSecret":
    case "RemoveWebhook":
      return decideWebhook(command, view, context)
    case "TickUser":
      return decideTickUser(command, view, context)
    case "SetOwnPassword":
      return decideSetOwnPassword(command, view, context)
    case "ImportUser":
      return decideImportUser(command, view, context)
    case "Record":
      return {
        _tag: "Accepted",
        outcome: "updated",
        subject: command.subject,
        change: {},
        events: [],
        changes: [],
        notes: [{ kind: "told", habit: "rule", attribute: "", text: command.text }],
        reply: { _tag: "Gone" }
      }
    case "Refuse":
      return refused(command.error, undefined)
  }
}
