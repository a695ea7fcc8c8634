import type { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { columnsOf } from "@rollcall/domain/csv/DirectoryExport"
import { type ImportEvent, type Importer, type ImportSource, UserImport } from "@rollcall/domain/csv/UserImport"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Deferred, Effect, type FileSystem, Layer, Path, Stream } from "effect"
import { Installation } from "../Installation.ts"
import { asOperator } from "../Operator.ts"
import { findOrganization } from "../OrganizationArgument.ts"
import { recordsIn, stoppedHere } from "./ImportFiles.ts"
import { type ImportFailure, type ImportServices, PeopleImport, type PreparedImport } from "./PeopleImport.ts"

/** A file as the use cases of an import take it, until it is to be stopped: what was read until then goes in. */
export const importingHere = Effect.fnUntraced(function* (
  organization: Organization,
  line: string,
  path: string,
  fingerprint: string | undefined,
  stopped: Deferred.Deferred<void>
) {
  const paths = yield* Path.Path
  const services = yield* Effect.context<FileSystem.FileSystem | CsvReader>()
  const { actor, requestId } = yield* asOperator(organization, line)
  const importer: Importer = { organization, actor: { ...actor, via: "csv" }, requestId }
  const records = Stream.provideContext(recordsIn(path, Deferred.isDone(stopped)), services)
  const source: ImportSource = { name: paths.basename(path), fingerprint, records }
  return { importer, source }
})

/** Carries out an import whose events come from here. */
export const preparedHere = (
  open: (
    stopped: Deferred.Deferred<void>
  ) => Effect.Effect<Stream.Stream<ImportEvent, ImportFailure>, ImportFailure, ImportServices>
): PreparedImport => ({
  run: ({ tell }, stopped) =>
    Stream.unwrap(open(stopped)).pipe(
      Stream.runForEach(tell),
      Effect.catchIf(
        (error) => error === stoppedHere,
        () => Effect.void
      )
    ),
  // What went in is in the log; nothing else was kept.
  settled: Effect.void
})

/** On the database: what is imported are rows that this program reads. */
export const layerDatabaseImport: Layer.Layer<PeopleImport, never, Organizations | UserImport> = Layer.effect(
  PeopleImport,
  Effect.gen(function* () {
    const imports = yield* UserImport
    const organizations = yield* Organizations
    return PeopleImport.of({
      into: Effect.fnUntraced(function* (name) {
        const organization = yield* Effect.provideService(findOrganization(name), Organizations, organizations)
        return {
          subdomain: organization.subdomain,
          columns: Effect.flatMap(Installation, ({ resourceTypes }) =>
            Effect.map(resourceTypes, (types) =>
              columnsOf(types, organization.customAttributes).map((column) => column.name)
            )
          ),
          prepare: ({ options, path, resume, surveyed }) =>
            preparedHere((stopped) => {
              const fingerprint = resume && !options.dryRun ? surveyed.fingerprint : undefined
              return Effect.map(
                importingHere(organization, "import", path, fingerprint, stopped),
                ({ importer, source }) => imports.run(importer, source, options)
              )
            })
        }
      })
    })
  })
)
