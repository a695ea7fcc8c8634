import type { KeyScope } from "@rollcall/domain/organization/AccessKey"
import { ApiAccess, OpenTo } from "@rollcall/http/api/ApiAccess"
import { PublicApi } from "@rollcall/http/api/PublicApi"
import { Context, Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpClient, HttpClientRequest } from "effect/http"
import { HttpApi, type HttpApiEndpoint } from "effect/http-api"
import { ApiScene } from "./ApiScene.ts"

export interface Endpoint {
  readonly name: string
  readonly method: HttpApiEndpoint.Top["method"]
  readonly path: string
  readonly isOpen: boolean
  readonly openTo: ReadonlyArray<KeyScope>
}

/** Every endpoint as it is described: what lands later is in the matrix by itself. */
export const endpoints: Array<Endpoint> = []
HttpApi.reflect(PublicApi, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint, group, mergedAnnotations, middleware }) => {
    endpoints.push({
      name: `${group.identifier}.${endpoint.identifier}`,
      method: endpoint.method,
      path: endpoint.path,
      isOpen: ![...middleware].some(({ key }) => key === ApiAccess.key),
      openTo: Context.get(mergedAnnotations, OpenTo)
    })
  }
})

export const closed = endpoints.filter(({ isOpen }) => !isOpen)

/** The path with something for every parameter. */
export const filled = (path: string, value: string) =>
  path.replaceAll(/:([A-Za-z]+)\??/g, () => encodeURIComponent(value))

export const send = Effect.fnUntraced(function* (
  { method, path }: Endpoint,
  headers: Readonly<Record<string, string>>,
  id: string = SecureRandom.uuidV4Unsafe()
) {
  const { baseUrl } = yield* ApiScene
  const request = HttpClientRequest.make(method)(`${baseUrl}${filled(path, id)}`, { headers })
  // Of a stream only the head is looked at.
  return yield* HttpClient.execute(method === "GET" ? request : HttpClientRequest.bodyJsonUnsafe(request, {}))
}, Effect.scoped)
