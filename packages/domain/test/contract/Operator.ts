import type { Directory } from "@rollcall/domain/directory/Directory"
import type { Actor } from "@rollcall/domain/log/LogEntry"
import type { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { AccessKeyKind } from "@rollcall/domain/organization/AccessKey"
import type { ConfigurationPatch } from "@rollcall/domain/organization/Configuration"
import type { Organization } from "@rollcall/domain/organization/Organization"
import {
  type NewKey,
  type NewReviewWindow,
  OrganizationAdministration,
  operatorCaller
} from "@rollcall/domain/organization/OrganizationAdministration"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import { Effect } from "effect"

/** What the contracts of organisations need of an adapter. */
export type Administered = Organizations | OrganizationAdministration | ProvisioningLog | Directory

/** The administration of one organisation, asked by the operator or by somebody of the organisation. */
export const operate = (organization: Organization, actor?: Actor) =>
  Effect.map(OrganizationAdministration, (administration) => {
    const request = { line: "test", requestId: "r1", receivedAt: 0 }
    const caller = { ...operatorCaller(organization, request), ...(actor === undefined ? {} : { actor }) }
    return {
      caller,
      configure: (patch: ConfigurationPatch) => administration.configure(caller, patch),
      openReviewWindow: (wanted: NewReviewWindow) => administration.openReviewWindow(caller, wanted),
      closeReviewWindow: (id?: string) => administration.closeReviewWindow(caller, id),
      issueKey: (wanted: NewKey) => administration.issueKey(caller, wanted),
      revokeKey: (id: string, kind?: AccessKeyKind) => administration.revokeKey(caller, id, kind)
    }
  })
