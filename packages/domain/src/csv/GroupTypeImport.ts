import { Clock, Context, Effect, Layer, Result, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Request } from "../directory/Command.ts"
import type { Directory } from "../directory/Directory.ts"
import { DirectoryPreview } from "../directory/DirectoryPreview.ts"
import { NeedsUnion } from "../directory/Needs.ts"
import { PeopleLookup } from "../directory/PeopleLookup.ts"
import type { Group } from "../group/Group.ts"
import { type GroupType, GroupTypeId, groupTypeNameKey } from "../group/GroupType.ts"
import { GroupTypes } from "../group/GroupTypes.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { rowRefusal } from "../user/decideImportUser.ts"
import { readCell } from "./CsvCell.ts"
import { type CsvHeader, readHeader } from "./CsvHeader.ts"
import { type CsvRecord, CsvUnreadable } from "./CsvReader.ts"
import type { RowFault } from "./ImportedUser.ts"
import { noCounts } from "./ImportStep.ts"
import { type RowOutcome, rowOutcome } from "./RowOutcome.ts"
import { isBlank, quoted, recordFault } from "./readUserRow.ts"
import { recordBatches } from "./recordBatches.ts"
import {
  directSubmit,
  emptyFile,
  type ImportError,
  type ImportEvent,
  type Importer,
  type ImportSource,
  importBatch,
  submitAll
} from "./UserImport.ts"

const columns = [{ name: "group" }, { name: "type" }] as const

type Services = Directory | DirectoryPreview | PeopleLookup | GroupTypes | SecureRandom.SecureRandom

/**
 * Imports files that say of which type groups are (R-CSV-5): the columns `group` and `type`, by name. A type that is not there is
 * defined; a group that is not there keeps the row out. SCIM owns neither, so it may be on (R-ORG-7).
 */
export class GroupTypeImport extends Context.Service<
  GroupTypeImport,
  {
    run(
      importer: Importer,
      source: Pick<ImportSource, "name" | "records">,
      options: { readonly dryRun: boolean }
    ): Stream.Stream<ImportEvent, ImportError>
  }
>()("@rollcall/domain/csv/GroupTypeImport") {
  static readonly layer: Layer.Layer<GroupTypeImport, never, Services> = Layer.effect(
    GroupTypeImport,
    Effect.map(Effect.context<Services>(), (services) =>
      GroupTypeImport.of({
        run: (importer, source, { dryRun }) =>
          Stream.unwrap(
            Effect.map(openRun(importer, source.name, dryRun), (step) =>
              source.records.pipe(
                recordBatches(importBatch),
                Stream.mapEffect(({ records }) => Effect.uninterruptible(step.rows(records))),
                Stream.flattenIterable,
                Stream.concat(Stream.fromEffect(step.end))
              )
            )
          ).pipe(Stream.provideContext(services))
      })
    )
  )
}

interface TypeRow {
  readonly group: string
  readonly type: string
}

const readRow = (header: CsvHeader<{ readonly name: string }>, record: CsvRecord): Result.Result<TypeRow, RowFault> => {
  const broken = recordFault(header, record)
  if (broken !== undefined) return Result.fail(broken)
  const values = new Map<string, string>()
  for (const [i, column] of header.columns.entries()) {
    const cell = readCell(record.cells[i] ?? "")
    if (column !== undefined && cell._tag === "Text") values.set(column.name, cell.text)
  }
  const [group, type] = [values.get("group"), values.get("type")]
  if (group === undefined)
    return Result.fail({ column: "group", detail: "the name is missing. Write the name of the group" })
  if (type === undefined)
    return Result.fail({ column: "type", detail: "the name is missing. Write the name of a group type" })
  return Result.succeed({ group, type: type.trim() })
}

const openRun = Effect.fnUntraced(function* (importer: Importer, name: string, dryRun: boolean) {
  const random = yield* SecureRandom.SecureRandom
  const lookup = yield* PeopleLookup
  const { id } = importer.organization
  const submit = dryRun
    ? (yield* (yield* DirectoryPreview).open(id)).decide
    : yield* directSubmit(importer.organization)
  const types = new Map<string, GroupType>()
  for (const type of yield* (yield* GroupTypes).list(id)) types.set(groupTypeNameKey(type.name), type)
  let header: CsvHeader<{ readonly name: string }> | undefined

  const requestOf = (line: number, command: Request["command"], receivedAt: number): Request => ({
    command,
    requestId: importer.requestId,
    actor: { ...importer.actor, via: "csv" },
    line: `CSV ${name} line ${line}`,
    size: 200,
    receivedAt
  })

  const begin = (first: CsvRecord): Result.Result<ImportEvent, CsvUnreadable> => {
    const read = readHeader(first, columns)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    const missing = columns.find((column) => !read.success.columns.includes(column))
    if (missing !== undefined) {
      return Result.fail(
        new CsvUnreadable({
          line: first.line,
          problem: `The column ${missing.name} is missing`,
          remedy: "Name the columns group and type in the first line"
        })
      )
    }
    header = read.success
    const { ignored, names } = read.success
    return Result.succeed({ _tag: "Begun", import: undefined, names, ignored, resumedAfter: 0, before: noCounts })
  }

  /** A type by its name; defined where it is not there. Undefined with what is wrong where it cannot be. */
  const typeNamed = Effect.fnUntraced(function* (name: string, line: number, now: number) {
    const known = types.get(groupTypeNameKey(name))
    if (known !== undefined) return known
    const newId = GroupTypeId.make(yield* random.uuidV4())
    const [answer] = yield* submit([requestOf(line, { _tag: "DefineGroupType", newId, name }, now)])
    if (answer?._tag === "Refused") return answer.error
    const defined = answer?._tag === "Done" && answer.reply._tag === "GroupTypes" ? answer.reply.types : []
    for (const type of defined) types.set(groupTypeNameKey(type.name), type)
    return types.get(groupTypeNameKey(name)) ?? (yield* Effect.die(new Error("A type that was defined is not there")))
  })

  const commandOf = Effect.fnUntraced(function* (
    read: Result.Result<TypeRow, RowFault>,
    groups: ReadonlyMap<string, Group>,
    line: number,
    now: number
  ): Effect.fn.Return<Request["command"], StoreUnavailable> {
    if (Result.isFailure(read)) return { _tag: "Refuse", error: rowRefusal(read.failure) }
    const { group: wanted, type: typeName } = read.success
    const group = groups.get(wanted)
    if (group === undefined) {
      const detail = `${quoted(wanted)} is no group here. Write the name as it is spelt, case and all`
      return { _tag: "Refuse", error: rowRefusal({ column: "group", detail }) }
    }
    const type = yield* typeNamed(typeName, line, now)
    return "status" in type ? { _tag: "Refuse", error: type } : { _tag: "MoveGroup", id: group.id, type: type.id }
  })

  const rows = Effect.fnUntraced(function* (
    records: ReadonlyArray<CsvRecord>
  ): Effect.fn.Return<ReadonlyArray<ImportEvent>, CsvUnreadable | StoreUnavailable> {
    const events: Array<ImportEvent> = []
    let rest = records
    if (header === undefined && records[0] !== undefined) {
      events.push(yield* Effect.fromResult(begin(records[0])))
      rest = records.slice(1)
    }
    const known = header
    if (known === undefined) return events
    const open = rest.filter((row) => !isBlank(row))
    if (open.length === 0) return events
    const now = yield* Clock.currentTimeMillis
    const read = open.map((row) => readRow(known, row))
    const needs = new NeedsUnion()
    needs.add({ groupNames: read.flatMap((row) => (Result.isSuccess(row) ? [row.success.group] : [])) })
    const found = needs.isEmpty ? [] : ((yield* lookup.find(id, needs)).groups ?? [])
    const groups = new Map(found.map((group) => [group.displayName, group] as const))
    const requests: Array<Request> = []
    for (const [i, row] of open.entries()) {
      const of = read[i]
      if (of !== undefined) requests.push(requestOf(row.line, yield* commandOf(of, groups, row.line, now), now))
    }
    const answers = yield* submitAll(submit, requests)
    const names = new Map(known.columns.map((column, i) => [column?.name ?? "", known.names[i] ?? ""] as const))
    events.push({
      _tag: "Rows",
      outcomes: open.map((row, i) => {
        const outcome = rowOutcome(row, answers[i] ?? { _tag: "Idle" }, names, dryRun)
        const of = read[i]
        const typed = of !== undefined && Result.isSuccess(of) ? of.success : undefined
        return typed === undefined ? outcome : withChange(outcome, typed, groups, types)
      })
    })
    return events
  })

  const end: Effect.Effect<ImportEvent, CsvUnreadable> = Effect.suspend((): typeof end =>
    header === undefined ? Effect.fail(emptyFile) : Effect.succeed({ _tag: "Ended" })
  )
  return { rows, end }
})

/** What the row changed: the type, before and after, by name. */
const withChange = (
  outcome: RowOutcome,
  { group, type }: TypeRow,
  groups: ReadonlyMap<string, Group>,
  types: ReadonlyMap<string, GroupType>
): RowOutcome => {
  if (outcome.outcome !== "updated") return outcome
  const before = [...types.values()].find(({ id }) => id === groups.get(group)?.type)?.name
  return {
    ...outcome,
    changes: [{ attribute: "type", before, after: types.get(groupTypeNameKey(type))?.name ?? type }]
  }
}
