import { layerCsvReader } from "@rollcall/delivery/csv/CsvParseReader"
import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { makeResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { layer as database } from "@rollcall/sql/Database"
import { layer as importStore } from "@rollcall/sql/ImportStore"
import { layer as organizationStore } from "@rollcall/sql/OrganizationStore"
import { layer as peopleLookup } from "@rollcall/sql/PeopleLookupStore"
import { layer as previewStore } from "@rollcall/sql/PreviewStore"
import { layerSqlDirectory } from "@rollcall/sql/SqlDirectory"
import { Effect, Layer, Stream } from "effect"
import { Digest, SecureRandom } from "effect/crypto"

/** A process that imports the file on its input into an organisation, and tells each batch that is durable by its last line. */
const [subdomain = "", fingerprint] = process.argv.slice(2)
const types = makeResourceTypes(defaultExtensionUserUrn)

const services = UserImport.layer(types, { records: 50, characters: 100_000 }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(layerSqlDirectory(types), peopleLookup, previewStore(types), importStore, organizationStore)
  ),
  Layer.provideMerge(layerCsvReader),
  Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)),
  Layer.provideMerge(database())
)

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const input = Stream.fromAsyncIterable(process.stdin, (error) => new Error(String(error))).pipe(
  Stream.map((chunk): Uint8Array => chunk),
  Stream.orDie
)

const main = Effect.gen(function* () {
  const organization = yield* (yield* Organizations).findBySubdomain(subdomain)
  if (organization === undefined) return yield* Effect.die(new Error(`no organisation ${subdomain}`))
  const records = (yield* CsvReader).read(input)
  const importer = {
    organization,
    actor: { keyId: "csv", keyLabel: "import", client: "test" },
    requestId: "csv"
  }
  const options = { dryRun: false, invite: false, createGroups: true }
  yield* Stream.runForEach(
    (yield* UserImport).run(importer, { name: "people.csv", fingerprint, records }, options),
    (event) =>
      event._tag === "Rows"
        ? say(`line ${event.outcomes.at(-1)?.line}`)
        : say(event._tag === "Begun" ? `after ${event.resumedAfter}` : "ended")
  )
})

Effect.runPromise(Effect.provide(main, services)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  }
)
