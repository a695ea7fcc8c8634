import { CsvReader } from "@rollcall/domain/csv/CsvReader"
import { Imports } from "@rollcall/domain/csv/Imports"
import { ImportUploadId, type TaskWish } from "@rollcall/domain/csv/ImportUpload"
import { ImportUploads } from "@rollcall/domain/csv/ImportUploads"
import { ImportWorker } from "@rollcall/domain/csv/ImportWorker"
import { layerMemoryImportUploads } from "@rollcall/domain/csv/MemoryImportUploads"
import { UserImport } from "@rollcall/domain/csv/UserImport"
import type { Caller } from "@rollcall/domain/directory/Caller"
import { DirectoryPreview } from "@rollcall/domain/directory/DirectoryPreview"
import { layerMemoryDirectory, layerMemoryPeopleLookup, MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { layerMemoryOrganizations } from "@rollcall/domain/organization/MemoryOrganizations"
import type { Organization } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { presets } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { Context, Deferred, Effect, Layer, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { resourceTypes } from "../contract/Tenant.ts"
import { readText } from "./CsvText.ts"

/** Where reading of files stands still, so that a test can look at an import that is under way. */
export class Gate extends Context.Service<
  Gate,
  {
    /** Nothing is read from that line on until `open` is done; `reached`: somebody waits there. */
    at(line: number): { readonly open: Deferred.Deferred<void>; readonly reached: Deferred.Deferred<void> }
  }
>()("@rollcall/domain/test/Gate") {}

const layerGate = Layer.effectContext(
  Effect.sync(() => {
    const gates = new Map<number, ReturnType<Gate["Service"]["at"]>>()
    const at = (line: number) => {
      const gate = { open: Deferred.makeUnsafe<void>(), reached: Deferred.makeUnsafe<void>() }
      gates.set(line, gate)
      return gate
    }
    const reader = CsvReader.of({
      read: (bytes) =>
        Stream.unwrap(
          Effect.map(Stream.mkString(Stream.decodeText(bytes)), (text) => Stream.fromIterable(readText(text)))
        ).pipe(
          Stream.mapEffect((record) => {
            const gate = gates.get(record.line)
            if (gate === undefined) return Effect.succeed(record)
            return Deferred.succeed(gate.reached, undefined).pipe(
              Effect.andThen(Deferred.await(gate.open)),
              Effect.as(record)
            )
          })
        )
    })
    return Context.make(Gate, Gate.of({ at })).pipe(Context.add(CsvReader, reader))
  })
)

const encoder = new TextEncoder()

/** By the file's text: enough to know one again. */
export const fingerprint = <E>(bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<string, E> =>
  Stream.mkString(Stream.decodeText(bytes))

/** Ports in memory and what reads files, two rows and a header together, then three rows. */
export const layerUploads = UserImport.layer(resourceTypes, { records: 3, characters: 10_000 }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      layerMemoryDirectory(resourceTypes),
      layerMemoryPeopleLookup,
      DirectoryPreview.layerMemory(resourceTypes),
      Imports.layerMemory,
      layerMemoryImportUploads,
      layerMemoryOrganizations,
      layerGate
    )
  ),
  Layer.provideMerge(Layer.merge(MemoryStore.layer, SecureRandom.layerWebCrypto))
)

export const lease = 15_000

/** A server's worker; each test may have several on the same ports. */
export const newWorker = Effect.map(Layer.build(Layer.fresh(ImportWorker.layer({ fingerprint, lease }))), (services) =>
  Context.get(services, ImportWorker)
)

export const newTenant = Effect.fnUntraced(function* (scimEnabled = false) {
  const { create } = yield* Organizations
  const made = create({
    subdomain: Subdomain.make(`t${SecureRandom.uuidV4Unsafe().slice(0, 8)}`),
    name: "Halden Robotics",
    timeZone: "UTC",
    scimEnabled,
    settings: presets.product
  })
  const organization = yield* Effect.orDie(made)
  const caller: Caller = {
    organization,
    baseUrl: "https://halden.example/scim/v2",
    actor: { keyId: "k1", keyLabel: "import", client: "test" },
    requestId: "r1",
    line: "POST /test",
    size: 0,
    receivedAt: 0
  }
  return { organization, caller }
})

export const wish: TaskWish = {
  createGroups: false,
  invite: false,
  resume: true,
  actor: { keyId: "k1", keyLabel: "import", client: "test", via: "csv" },
  requestId: "r1"
}

/** A file of so many people (or this text), all of it here, and a task begun with it. */
export const newTask = Effect.fnUntraced(function* (
  file: number | string,
  {
    kind = "run",
    sha256,
    ...more
  }: Partial<TaskWish> & { readonly kind?: "run" | "preview"; readonly sha256?: string } = {}
) {
  const { caller, organization } = yield* newTenant()
  const uploads = yield* ImportUploads
  const text = typeof file === "string" ? file : peopleFile(file)
  const bytes = encoder.encode(text)
  const id = ImportUploadId.make(SecureRandom.uuidV7Unsafe())
  yield* uploads.begin(organization.id, { id, name: "people.csv", size: bytes.length, sha256, by: "import" })
  yield* uploads.append(organization.id, id, { offset: 0, bytes })
  const start = Effect.gen(function* () {
    const task = { id: SecureRandom.uuidV4Unsafe(), kind, wish: { ...wish, ...more } }
    if (!(yield* uploads.start(organization.id, id, task))) throw new Error("the file is busy or gone")
  })
  yield* start
  const find = Effect.flatMap(uploads.find(organization.id, id), (upload) =>
    upload?.task === undefined
      ? Effect.die(new Error("the file is gone"))
      : Effect.succeed({ ...upload, task: upload.task })
  )
  const report = Effect.flatMap(find, ({ task }) =>
    Effect.map(uploads.report(organization.id, task.id, { after: 0, limit: 1_000, onlyRejected: false }), (rows) =>
      rows.map(({ line }) => line)
    )
  )
  return { caller, organization, id, work: { organization: organization.id, upload: id }, start, find, report }
})

export const peopleFile = (count: number): string =>
  `email\n${Array.from({ length: count }, (_, n) => `p${n}@halden.example\n`).join("")}`

/** How many people an organisation has. */
export const peopleIn = (organization: Pick<Organization, "id">) =>
  Effect.map(MemoryStore, (store) => store.get(organization.id)?.users.size ?? 0)
