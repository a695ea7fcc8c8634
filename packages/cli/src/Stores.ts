import type { UserImport } from "@rollcall/domain/csv/UserImport"
import type { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import type { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import type { Organizations } from "@rollcall/domain/organization/Organizations"

/** What the commands work on: the ports of storage, whether the database is opened here or a server answers for it. */
export type Stores = Organizations | OAuthClients | OrganizationAdministration | UserImport
