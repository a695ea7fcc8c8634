import { AccessKey } from "@rollcall/domain/organization/AccessKey"
import { Organization, OrganizationId, OrganizationRefused } from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { Settings } from "@rollcall/domain/organization/Settings"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect, Schema, Struct } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { answered, type RemoteClient } from "./RemoteCall.ts"

const id = OrganizationId
const refusals = Schema.Union([OrganizationRefused, StoreUnavailable])
const NewOrganization = Schema.Struct({
  subdomain: Subdomain,
  name: Schema.String,
  timeZone: Schema.String,
  scimEnabled: Schema.Boolean,
  settings: Settings
})
const KeyHolder = Schema.Struct({
  organization: Organization,
  key: AccessKey.mapFields(Struct.pick(["id", "kind", "label", "scopes"]))
})

/** The port {@link Organizations} as calls, one a method. */
export const organizationsRpcs = RpcGroup.make(
  Rpc.make("create", { payload: { organization: NewOrganization }, success: Organization, error: refusals }),
  Rpc.make("findBySubdomain", {
    payload: { subdomain: Schema.String },
    success: Schema.UndefinedOr(Organization),
    error: StoreUnavailable
  }),
  Rpc.make("list", { success: Schema.Array(Organization), error: StoreUnavailable }),
  Rpc.make("listKeys", { payload: { id }, success: Schema.Array(AccessKey), error: StoreUnavailable }),
  Rpc.make("findKeyHolder", {
    payload: { secretHash: Schema.String },
    success: Schema.UndefinedOr(KeyHolder),
    error: StoreUnavailable
  }),
  Rpc.make("touchKeys", {
    payload: { uses: Schema.Array(Schema.Struct({ organizationId: id, keyId: Schema.String, at: Schema.Number })) },
    error: StoreUnavailable
  })
).prefix("organizations.")

/** What the server does for each call. */
export const organizationsHandlers = organizationsRpcs.toLayer(
  Effect.map(Organizations, (port) =>
    organizationsRpcs.of({
      "organizations.create": ({ organization }) => port.create(organization),
      "organizations.findBySubdomain": ({ subdomain }) => port.findBySubdomain(subdomain),
      "organizations.list": () => port.list,
      "organizations.listKeys": ({ id }) => port.listKeys(id),
      "organizations.findKeyHolder": ({ secretHash }) => port.findKeyHolder(secretHash),
      "organizations.touchKeys": ({ uses }) => port.touchKeys(uses)
    })
  )
)

/** The port, answered by the server. */
export const remoteOrganizations = (client: RemoteClient<typeof organizationsRpcs>): Organizations["Service"] =>
  Organizations.of({
    create: (organization) => answered("create", client["organizations.create"]({ organization })),
    findBySubdomain: (subdomain) => answered("read", client["organizations.findBySubdomain"]({ subdomain })),
    list: answered("read", client["organizations.list"](undefined)),
    listKeys: (id) => answered("read", client["organizations.listKeys"]({ id })),
    findKeyHolder: (secretHash) => answered("read", client["organizations.findKeyHolder"]({ secretHash })),
    touchKeys: (uses) => answered("save", client["organizations.touchKeys"]({ uses }))
  })
