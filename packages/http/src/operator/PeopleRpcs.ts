import { GroupId } from "@rollcall/domain/group/Group"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { UserId } from "@rollcall/domain/user/UserId"
import { Effect, Schema, Struct } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { Person } from "../api/Person.ts"
import { PersonDetails } from "../api/UsersApi.ts"
import { SentTold } from "./LogRpcs.ts"
import { answered, type RemoteClient } from "./RemoteCall.ts"
import { from, fromOf, useCaseError } from "./RemoteCaller.ts"

const Summary = Schema.Struct({
  ...Struct.omit(Person.fields, ["userId", "id", "manager", "createdAt", "lastModifiedAt"]),
  id: UserId,
  number: Schema.Int,
  manager: Schema.NullOr(Schema.Struct({ id: UserId, displayName: Schema.String })),
  createdAt: Schema.Number,
  lastModifiedAt: Schema.Number
})
const Groups = Schema.Array(Schema.Struct({ id: GroupId, displayName: Schema.String }))
const Page = Schema.Struct({
  ...Struct.omit(PersonDetails.fields, ["person", "groups", "adminOf", "story"]),
  summary: Summary,
  groups: Groups,
  adminOf: Groups,
  story: Schema.Array(SentTold)
})
const Query = Schema.Struct({
  filter: Schema.optional(Schema.String),
  sortBy: Schema.optional(Schema.String),
  sortOrder: Schema.optional(Schema.Literals(["ascending", "descending"])),
  after: Schema.optional(Schema.String),
  search: Schema.optional(Schema.String),
  limit: Schema.Int
})

/** The use cases of {@link PeopleReading} as calls of the operator. */
export const peopleRpcs = RpcGroup.make(
  Rpc.make("list", {
    payload: { ...from, query: Query },
    success: Schema.Struct({ items: Schema.Array(Summary), next: Schema.NullOr(Schema.String) }),
    error: useCaseError
  }),
  Rpc.make("summaries", {
    payload: { organization: OrganizationId, ids: Schema.Array(UserId) },
    success: Schema.Array(Summary),
    error: StoreUnavailable
  }),
  Rpc.make("show", { payload: { ...from, reference: Schema.String }, success: Page, error: useCaseError })
).prefix("people.")

/** What the server does for each call. */
export const peopleHandlers = peopleRpcs.toLayer(
  Effect.map(PeopleReading, (reading) =>
    peopleRpcs.of({
      "people.list": ({ organization, query, ...request }) =>
        reading.list(operatorCaller(organization, request), query),
      "people.summaries": ({ ids, organization }) => reading.summaries(organization, ids),
      "people.show": ({ organization, reference, ...request }) =>
        reading.show(operatorCaller(organization, request), reference)
    })
  )
)

/** The use cases, answered by the server. */
export const remotePeopleReading = (client: RemoteClient<typeof peopleRpcs>): PeopleReading["Service"] =>
  PeopleReading.of({
    list: (caller, query) => answered("read", client["people.list"]({ ...fromOf(caller), query })),
    summaries: (organization, ids) => answered("read", client["people.summaries"]({ organization, ids })),
    show: (caller, reference) => answered("read", client["people.show"]({ ...fromOf(caller), reference }))
  })
