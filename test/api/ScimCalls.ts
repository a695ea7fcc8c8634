import type { Json, JsonObject } from "@rollcall/domain/scim/Json"
import { patchOpUrn } from "@rollcall/domain/scim/Message"
import { groupUrn } from "@rollcall/domain/scim/schemas/GroupSchema"
import { userUrn } from "@rollcall/domain/scim/schemas/UserSchema"
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ApiScene, type ApiTenant } from "./ApiScene.ts"

const decodeId = Schema.decodeUnknownEffect(Schema.Struct({ id: Schema.String }))

/** What the identity provider of a tenant does over SCIM. */
export const scimCalls = ({ scimToken }: ApiTenant) => {
  const call = (request: HttpClientRequest.HttpClientRequest, body: Json) =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ApiScene
      const response = yield* HttpClient.execute(
        request.pipe(
          HttpClientRequest.prependUrl(`${baseUrl}/scim/v2`),
          HttpClientRequest.bearerToken(scimToken),
          HttpClientRequest.bodyJsonUnsafe(body)
        )
      )
      if (response.status >= 400) return yield* Effect.die(new Error(`${response.status} ${yield* response.text}`))
      return response
    })

  const create = (path: string, body: Json) =>
    Effect.gen(function* () {
      return (yield* decodeId(yield* (yield* call(HttpClientRequest.post(path), body)).json)).id
    })

  return {
    /** A person of that name at halden.example; answers the SCIM ID. */
    person: (name: string, more: JsonObject = {}) =>
      create("/Users", {
        schemas: [userUrn],
        userName: `${name}@halden.example`,
        name: { givenName: name, familyName: "Okafor" },
        emails: [{ value: `${name}@halden.example`, type: "work", primary: true }],
        ...more
      }),
    group: (displayName: string, members: ReadonlyArray<string> = []) =>
      create("/Groups", { schemas: [groupUrn], displayName, members: members.map((value) => ({ value })) }),
    remove: (id: string) => call(HttpClientRequest.delete(`/Users/${id}`), {}),
    /** Replaces one attribute of a person. */
    set: (id: string, path: string, value: Json) =>
      call(HttpClientRequest.patch(`/Users/${id}`), {
        schemas: [patchOpUrn],
        Operations: [{ op: "replace", path, value }]
      })
  }
}
