import { Context, Effect, Layer, Option, Stream } from "effect"
import { Groups, type StoredUser, Users } from "../directory/Resources.ts"
import { type AdministeredGroup, GroupTypes } from "../group/GroupTypes.ts"
import { caseCode } from "../log/CaseCode.ts"
import { type LoggedEntry, type LogSearch, ProvisioningLog } from "../log/ProvisioningLog.ts"
import type { CustomAttribute } from "../organization/CustomAttribute.ts"
import type { Organization, OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { printInstant } from "../scim/DateTimeValue.ts"
import type { JsonObject } from "../scim/Json.ts"
import type { ResourceTypes } from "../scim/ResourceTypes.ts"
import { printList, printRecord, shownCell } from "./CsvCell.ts"
import { customColumn, shownAttribute, type UserColumn, userColumns } from "./UserColumn.ts"

/** How something is exported: a head for CSV, and each item as a line of CSV or of JSON; lines end with their line break. */
export interface ExportFormat<Item> {
  readonly header: string
  row(item: Item): string
  line(item: Item): string
}

/** Cells by column, in order. */
type Cells = ReadonlyArray<readonly [column: string, text: string]>

const formatOf = <Item>(columns: ReadonlyArray<string>, cellsOf: (item: Item) => Cells): ExportFormat<Item> => ({
  header: printRecord(columns),
  row: (item) => printRecord(cellsOf(item).map(([, text]) => shownCell(text))),
  line: (item) => `${JSON.stringify(Object.fromEntries(cellsOf(item).filter(([, text]) => text !== "")))}\n`
})

/** The columns of an organisation's files: what a template names and an export fills. */
export const columnsOf = (
  types: ResourceTypes,
  customAttributes: ReadonlyArray<CustomAttribute>
): ReadonlyArray<UserColumn> => [
  ...userColumns(types),
  ...customAttributes.map(({ name }) => customColumn(types, name))
]

/** An empty file with the columns of an organisation. */
export const userTemplate = (types: ResourceTypes, customAttributes: ReadonlyArray<CustomAttribute>): string =>
  printRecord(columnsOf(types, customAttributes).map(({ name }) => name))

/** People as an import takes them: imported again, the file changes nothing. Their groups must have been read. */
export const userFormat = (
  types: ResourceTypes,
  customAttributes: ReadonlyArray<CustomAttribute>
): ExportFormat<StoredUser> => {
  const columns = columnsOf(types, customAttributes)
  return formatOf(
    columns.map(({ name }) => name),
    (user) => {
      const attributes = JSON.parse(user.json) as JsonObject
      return columns.map((column) => [column.name, shownOf(column, user, attributes)] as const)
    }
  )
}

const shownOf = (column: UserColumn, user: StoredUser, attributes: JsonObject): string => {
  switch (column.kind) {
    case "scimId":
      return user.id
    case "userId":
      return String(user.number)
    case "groups":
      return printList((user.groups ?? []).map(({ displayName }) => displayName))
    default:
      return shownAttribute(column, attributes)
  }
}

/** A group with the name of its type. */
export type ExportedGroup = AdministeredGroup & { readonly typeName: string }

/** Groups as an import of group types takes them. */
export const groupFormat: ExportFormat<ExportedGroup> = formatOf(
  ["group", "type", "group_id", "admins"],
  ({ admins, displayName, id, typeName }) => [
    ["group", displayName],
    ["type", typeName],
    ["group_id", id],
    ["admins", printList(admins.map(({ display }) => display))]
  ]
)

/** The provisioning log in CSV; in JSON an entry is whole. */
export const logFormat: ExportFormat<LoggedEntry> = {
  ...formatOf<LoggedEntry>(
    ["time", "case", "client", "request", "outcome", "status", "subject", "subject_id", "changes", "notes", "error"],
    ({ entry, sequence }) => [
      ["time", printInstant(entry.at) ?? ""],
      ["case", caseCode(sequence)],
      ["client", `${entry.actor.keyLabel} ${entry.actor.client}`.trim()],
      ["request", entry.request],
      ["outcome", entry.outcome],
      ["status", String(entry.status)],
      ["subject", entry.subject?.name ?? ""],
      ["subject_id", entry.subject?.id ?? ""],
      [
        "changes",
        entry.changes
          .map(
            ({ after, attribute, before }) =>
              `${attribute}: ${JSON.stringify(before ?? null)} -> ${JSON.stringify(after ?? null)}`
          )
          .join("\n")
      ],
      ["notes", entry.notes.map(({ text }) => text).join("\n")],
      ["error", entry.error?.detail ?? ""]
    ]
  ),
  line: ({ entry, sequence }) => `${JSON.stringify({ case: caseCode(sequence), ...entry })}\n`
}

/** So many are read at a time. */
const pageSize = 500

/**
 * Everything of one kind that an organisation has, page after page (R-CSV): what is written meanwhile may be in it or not, and
 * nobody who was there all the time is left out or told twice.
 */
export class DirectoryExport extends Context.Service<
  DirectoryExport,
  {
    /** People in the order of their User IDs, with their groups where they are asked for. */
    users(organization: OrganizationId, withGroups?: boolean): Stream.Stream<StoredUser, StoreUnavailable>
    /** Groups in the order in which they were made. */
    groups(organization: OrganizationId): Stream.Stream<ExportedGroup, StoreUnavailable>
    /** Entries of the log, the newest first. */
    log(
      organization: Organization["id"],
      search?: Omit<LogSearch, "limit" | "after">
    ): Stream.Stream<LoggedEntry, StoreUnavailable>
  }
>()("@rollcall/domain/csv/DirectoryExport") {
  static readonly layer: Layer.Layer<DirectoryExport, never, Users | Groups | GroupTypes | ProvisioningLog> =
    Layer.effect(
      DirectoryExport,
      Effect.gen(function* () {
        const users = yield* Users
        const groups = yield* Groups
        const types = yield* GroupTypes
        const log = yield* ProvisioningLog
        const query = (after: string | undefined, withMembership: boolean) => ({
          filter: undefined,
          sort: undefined,
          page: { _tag: "Cursor", after, count: pageSize } as const,
          withMembership,
          baseUrl: ""
        })
        return DirectoryExport.of({
          users: (organization, withGroups = true) =>
            pages((after: string | undefined) => users.search(organization, query(after, withGroups))),
          groups: (organization) =>
            pages((after: string | undefined) =>
              Effect.gen(function* () {
                const { items, next } = yield* groups.search(organization, query(after, false))
                const names = new Map((yield* types.list(organization)).map(({ id, name }) => [id, name] as const))
                const administered = yield* types.administered(
                  organization,
                  items.map(({ id }) => id)
                )
                return {
                  items: administered.map((group) => ({ ...group, typeName: names.get(group.type) ?? "" })),
                  next
                }
              })
            ),
          log: (organization, search = {}) =>
            pages((after: number | undefined) =>
              Effect.map(
                log.search(organization, { ...search, limit: pageSize, ...(after === undefined ? {} : { after }) }),
                ({ entries, next }) => ({ items: entries, next })
              )
            )
        })
      })
    )
}

/** One page after the other, until there is no next; the thousandth costs what the first does. */
const pages = <Item, Cursor, E>(
  read: (
    after: Cursor | undefined
  ) => Effect.Effect<{ readonly items: ReadonlyArray<Item>; readonly next: Cursor | undefined }, E>
): Stream.Stream<Item, E> =>
  Stream.paginate(undefined as Cursor | undefined, (after) =>
    Effect.map(read(after), ({ items, next }) => [items, Option.fromUndefinedOr(next)] as const)
  )
