import { isDeepStrictEqual } from "node:util"
import type { ScimClient, ScimResponse } from "../support/ScimClient.ts"
import type { AnyRequest } from "./Requests.ts"

const ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
const BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

/** An answer that breaks the law, with the request as it was sent. */
export class LawBroken extends Error {
  constructor(law: string, sent: AnyRequest, answer: ScimResponse | undefined) {
    const got = answer === undefined ? "no answer" : `${answer.status} ${answer.text.slice(0, 1_000)}`
    super(`${law}\n  ${sent.method} ${sent.path}\n  headers ${JSON.stringify(sent.headers)}\n  got ${got}`)
    this.name = "LawBroken"
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What is wrong with an Error message (RFC 7644 3.12) of that status; undefined when nothing is. */
export const wrongErrorBody = (status: number, body: unknown): string | undefined => {
  if (!isRecord(body)) return "no JSON object"
  if (!isDeepStrictEqual(body.schemas, [ERROR])) return `schemas ${JSON.stringify(body.schemas)}`
  if (body.status !== String(status)) return `status ${JSON.stringify(body.status)}`
  if (typeof body.detail !== "string" || body.detail.trim() === "") return "no detail"
  if (body.scimType !== undefined && typeof body.scimType !== "string") return "a scimType that is no string"
  return undefined
}

/** What is wrong with one answer by itself; undefined when nothing is. */
export const wrongAnswer = (sent: Pick<AnyRequest, "method" | "path">, answer: ScimResponse): string | undefined => {
  const { body, headers, status, text } = answer
  const isMe = /^\/+Me(\/|\?|$)/.test(sent.path)
  if (status >= 500 && !(status === 501 && isMe)) return "R-SCIM-5: no input gives a 5xx, but 501 on /Me"
  if (status >= 300 && status < 400 && status !== 304) return "R-SCIM-6: never redirected"
  const type = headers["content-type"] ?? ""
  if (sent.method === "HEAD") return text === "" ? undefined : "RFC 9110 9.3.2: a body in the answer to HEAD"
  if (status >= 400) {
    const wrong = wrongErrorBody(status, body)
    if (wrong !== undefined) return `R-SCIM-5: the body is no SCIM error: ${wrong}`
  }
  if (text !== "" && !type.startsWith("application/scim+json")) return `R-SCIM-5: content type ${type}`
  if (isRecord(body) && isDeepStrictEqual(body.schemas, [BULK_RESPONSE])) return wrongBulk(body.Operations)
  return undefined
}

const wrongBulk = (operations: unknown): string | undefined => {
  if (!Array.isArray(operations)) return "RFC 7644 3.7: a bulk answer without operations"
  for (const operation of operations) {
    const status = Number(isRecord(operation) ? operation.status : Number.NaN)
    if (!(status >= 200 && status < 500)) return `R-SCIM-5: an operation of a bulk answered ${status}`
    if (status < 400) continue
    const wrong = wrongErrorBody(status, isRecord(operation) ? operation.response : undefined)
    if (wrong !== undefined) return `RFC 7644 3.7: a failed operation's response is no SCIM error: ${wrong}`
  }
  return undefined
}

/** Beyond this a page would hide what is behind it. */
const MOST = 1_000
const MANY = 40

/** One organisation that requests are thrown at, with what it held after the last write that succeeded. */
export class Target {
  readonly #nextOrganization: () => Promise<ScimClient>
  #client: ScimClient
  #user = ""
  #group = ""
  #before: ReadonlyMap<string, unknown> = new Map()

  private constructor(client: ScimClient, nextOrganization: () => Promise<ScimClient>) {
    this.#client = client
    this.#nextOrganization = nextOrganization
  }

  /** Makes a person and a group, whose ids stand for `{user}` and `{group}`; `nextOrganization` gives an empty one each time. */
  static async make(nextOrganization: () => Promise<ScimClient>): Promise<Target> {
    const target = new Target(await nextOrganization(), nextOrganization)
    await target.#tidy(new Map())
    return target
  }

  async #create(path: string, body: unknown): Promise<string> {
    const answer = await this.#client.request({ method: "POST", path, body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status} ${answer.text.slice(0, 500)}`)
    return answer.string("id")
  }

  /** Every person and group by id, with all that is returned of them. */
  async #list(): Promise<ReadonlyMap<string, unknown>> {
    const all = new Map<string, unknown>()
    for (const type of ["Users", "Groups"]) {
      const answer = await this.#client.request({ method: "GET", path: `/${type}?count=${MOST}` })
      const resources = answer.at("Resources")
      if (answer.status !== 200 || !Array.isArray(resources) || resources.length !== answer.at("totalResults")) {
        throw new Error(`GET /${type} is no whole list: ${answer.status} ${answer.text.slice(0, 500)}`)
      }
      for (const resource of resources) all.set(`${type}/${isRecord(resource) ? resource.id : ""}`, resource)
    }
    return all
  }

  /** A request may rightly have deleted `{user}` or `{group}`, and others may have made a crowd: back to one of each. */
  async #tidy(all: ReadonlyMap<string, unknown>): Promise<void> {
    this.#before = all
    if (all.has(`Users/${this.#user}`) && all.has(`Groups/${this.#group}`) && all.size <= MANY) return
    for (const path of all.keys()) await this.#client.request({ method: "DELETE", path: `/${path}` })
    const name = { givenName: "Sun-hee", familyName: "Park" }
    this.#user = await this.#create("/Users", { userName: "sun-hee.park@haldenrobotics.example", name })
    this.#group = await this.#create("/Groups", { displayName: "Grippers", members: [{ value: this.#user }] })
    this.#before = await this.#list()
  }

  #fill(text: string): string {
    return text.replaceAll("{user}", this.#user).replaceAll("{group}", this.#group)
  }

  /** Sends it and throws `LawBroken` where the answer or what it left behind is against the law. */
  async obeys(request: AnyRequest): Promise<ScimResponse> {
    const path = this.#fill(request.path)
    const body = request.body === undefined || typeof request.body === "string" ? request.body : undefined
    const bytes = typeof request.body === "object" ? Buffer.from(request.body.hex, "hex") : undefined
    const rawBody = body === undefined ? bytes : this.#fill(body)
    const { headers, method } = request
    const shown = { ...request, path }
    const sending = this.#client.request({ method, path, headers, ...(rawBody === undefined ? {} : { rawBody }) })
    const answer = await sending.catch((cause: unknown) => {
      throw new LawBroken(`R-SCIM-5: every request has an answer, this has none: ${cause}`, shown, undefined)
    })
    const wrong = wrongAnswer(shown, answer)
    if (wrong !== undefined) throw new LawBroken(wrong, shown, answer)
    const after = await this.#list().catch(async (cause: unknown) => {
      // What was just accepted makes every read fail: the next requests need a place where they can be judged.
      this.#client = await this.#nextOrganization()
      await this.#tidy(new Map())
      throw new LawBroken(`R-SCIM-5: after this request reads fail: ${cause}`, shown, answer)
    })
    if (answer.status >= 400 && !isDeepStrictEqual(after, this.#before)) {
      const changed = [...after].filter(([id, resource]) => !isDeepStrictEqual(resource, this.#before.get(id)))
      this.#before = after
      throw new LawBroken(`R-SCIM-5: a refused request changed ${JSON.stringify(changed)}`, shown, answer)
    }
    if (answer.status < 400) await this.#tidy(after)
    return answer
  }
}
