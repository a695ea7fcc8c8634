import { AccessKey, AccessKeyKind, KeyScope } from "@rollcall/domain/organization/AccessKey"
import {
  Organization,
  OrganizationId,
  OrganizationRefused,
  SingleSignOn
} from "@rollcall/domain/organization/Organization"
import { Organizations } from "@rollcall/domain/organization/Organizations"
import { ReviewWindow } from "@rollcall/domain/organization/ReviewWindow"
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
  Rpc.make("setScimEnabled", { payload: { id, enabled: Schema.Boolean }, error: StoreUnavailable }),
  Rpc.make("setCsvAllowed", { payload: { id, allowed: Schema.Boolean }, error: StoreUnavailable }),
  Rpc.make("saveSettings", {
    payload: { id, settings: Settings.mapFields(Struct.map(Schema.optionalKey)) },
    error: StoreUnavailable
  }),
  Rpc.make("saveSingleSignOn", { payload: { id, singleSignOn: SingleSignOn }, error: refusals }),
  Rpc.make("saveTimeZone", { payload: { id, timeZone: Schema.String }, error: refusals }),
  Rpc.make("saveName", { payload: { id, name: Schema.String }, error: refusals }),
  Rpc.make("saveReviewWindows", { payload: { id, windows: Schema.Array(ReviewWindow) }, error: refusals }),
  Rpc.make("openReviewWindow", {
    payload: { id, name: Schema.String, closesAt: Schema.Number },
    success: ReviewWindow,
    error: refusals
  }),
  Rpc.make("closeReviewWindow", {
    payload: { id, windowId: Schema.UndefinedOr(Schema.String) },
    success: Schema.Array(ReviewWindow),
    error: StoreUnavailable
  }),
  Rpc.make("issueKey", {
    payload: {
      id,
      kind: AccessKeyKind,
      label: Schema.String,
      scopes: Schema.UndefinedOr(Schema.Array(KeyScope))
    },
    success: Schema.Struct({ key: AccessKey, secret: Schema.RedactedFromValue(Schema.String) }),
    error: StoreUnavailable
  }),
  Rpc.make("listKeys", { payload: { id }, success: Schema.Array(AccessKey), error: StoreUnavailable }),
  Rpc.make("revokeKey", { payload: { id, keyId: Schema.String }, success: Schema.Boolean, error: StoreUnavailable }),
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
      "organizations.setScimEnabled": ({ enabled, id }) => port.setScimEnabled(id, enabled),
      "organizations.setCsvAllowed": ({ allowed, id }) => port.setCsvAllowed(id, allowed),
      "organizations.saveSettings": ({ id, settings }) => port.saveSettings(id, settings),
      "organizations.saveSingleSignOn": ({ id, singleSignOn }) => port.saveSingleSignOn(id, singleSignOn),
      "organizations.saveTimeZone": ({ id, timeZone }) => port.saveTimeZone(id, timeZone),
      "organizations.saveName": ({ id, name }) => port.saveName(id, name),
      "organizations.saveReviewWindows": ({ id, windows }) => port.saveReviewWindows(id, windows),
      "organizations.openReviewWindow": ({ closesAt, id, name }) => port.openReviewWindow(id, name, closesAt),
      "organizations.closeReviewWindow": ({ id, windowId }) => port.closeReviewWindow(id, windowId),
      "organizations.issueKey": ({ id, kind, label, scopes }) => port.issueKey(id, kind, label, scopes),
      "organizations.listKeys": ({ id }) => port.listKeys(id),
      "organizations.revokeKey": ({ id, keyId }) => port.revokeKey(id, keyId),
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
    setScimEnabled: (id, enabled) => answered("save", client["organizations.setScimEnabled"]({ id, enabled })),
    setCsvAllowed: (id, allowed) => answered("save", client["organizations.setCsvAllowed"]({ id, allowed })),
    saveSettings: (id, settings) => answered("save", client["organizations.saveSettings"]({ id, settings })),
    saveSingleSignOn: (id, singleSignOn) =>
      answered("save", client["organizations.saveSingleSignOn"]({ id, singleSignOn })),
    saveTimeZone: (id, timeZone) => answered("save", client["organizations.saveTimeZone"]({ id, timeZone })),
    saveName: (id, name) => answered("save", client["organizations.saveName"]({ id, name })),
    saveReviewWindows: (id, windows) => answered("save", client["organizations.saveReviewWindows"]({ id, windows })),
    openReviewWindow: (id, name, closesAt) =>
      answered("save", client["organizations.openReviewWindow"]({ id, name, closesAt })),
    closeReviewWindow: (id, windowId) => answered("save", client["organizations.closeReviewWindow"]({ id, windowId })),
    issueKey: (id, kind, label, scopes) =>
      answered("save", client["organizations.issueKey"]({ id, kind, label, scopes })),
    listKeys: (id) => answered("read", client["organizations.listKeys"]({ id })),
    revokeKey: (id, keyId) => answered("save", client["organizations.revokeKey"]({ id, keyId })),
    findKeyHolder: (secretHash) => answered("read", client["organizations.findKeyHolder"]({ secretHash })),
    touchKeys: (uses) => answered("save", client["organizations.touchKeys"]({ uses }))
  })
