import type { Directory } from "@rollcall/domain/directory/Directory"
import { type Actor, operatorActor } from "@rollcall/domain/log/LogEntry"
import type { ProvisioningLog } from "@rollcall/domain/log/ProvisioningLog"
import type { AccessKeyKind } from "@rollcall/domain/organization/AccessKey"
import type { ConfigurationPatch } from "@rollcall/domain/organization/Configuration"
import { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import type { FederatedIdentity, OAuthClientId, OAuthCredentialId } from "@rollcall/domain/organization/OAuthClient"
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

/** What the operator, or somebody of the organisation, does with its clients by OAuth 2.0. */
export const administerOAuth = (organization: Organization, actor: Actor = operatorActor) =>
  Effect.map(OAuthAdministration, (administration) => {
    const caller = { ...operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 }), actor }
    return {
      create: (label: string) => administration.create(caller, label),
      addSecret: (client: OAuthClientId, label: string) => administration.addSecret(caller, client, label),
      federate: (client: OAuthClientId, label: string, identity: FederatedIdentity) =>
        administration.federate(caller, client, label, identity),
      revokeClient: (client: OAuthClientId) => administration.revokeClient(caller, client),
      revokeCredential: (client: OAuthClientId, credential: OAuthCredentialId) =>
        administration.revokeCredential(caller, client, credential)
    }
  })
