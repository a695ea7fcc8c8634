import type { DirectoryExport } from "@rollcall/domain/csv/DirectoryExport"
import type { GroupTypeImport } from "@rollcall/domain/csv/GroupTypeImport"
import type { RosterComparison } from "@rollcall/domain/csv/RosterComparison"
import type { UserImport } from "@rollcall/domain/csv/UserImport"
import type { LogReading } from "@rollcall/domain/log/LogReading"
import type { OutboxAdministration } from "@rollcall/domain/mail/OutboxAdministration"
import type { OAuthAdministration } from "@rollcall/domain/organization/OAuthAdministration"
import type { OAuthClients } from "@rollcall/domain/organization/OAuthClients"
import type { OrganizationAdministration } from "@rollcall/domain/organization/OrganizationAdministration"
import type { Organizations } from "@rollcall/domain/organization/Organizations"
import type { PeopleReading } from "@rollcall/domain/user/PeopleReading"

/** What the commands work on: ports and use cases, whether the database is opened here or a server answers for it. */
export type Stores =
  | Organizations
  | OAuthClients
  | OAuthAdministration
  | OrganizationAdministration
  | UserImport
  | GroupTypeImport
  | DirectoryExport
  | RosterComparison
  | PeopleReading
  | LogReading
  | OutboxAdministration
