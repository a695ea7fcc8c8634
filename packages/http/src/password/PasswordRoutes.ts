import type { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import type { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { OwnPassword } from "@rollcall/domain/user/OwnPassword"
import { passwordFault } from "@rollcall/domain/user/Password"
import { PasswordHasher } from "@rollcall/domain/user/PasswordHasher"
import { type PasswordLink, PasswordLinks } from "@rollcall/domain/user/PasswordLinks"
import { Cause, Effect, Exit, Layer, Option, Redacted } from "effect"
import { Digest } from "effect/crypto"
import { Base64 } from "effect/encoding"
import { HttpMiddleware, HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { subdomainOf } from "../auth/HostSubdomain.ts"
import { readPasswordForm } from "./PasswordForm.ts"
import { type FormFault, type PasswordPage, passwordPages } from "./PasswordPage.ts"
import { passwordStyle } from "./PasswordStyle.ts"

export interface PasswordRoutesConfig {
  readonly baseDomain: string
  /** The name under which people know the product. */
  readonly productName: string
}

const donePath = "/password/done"

/**
 * The pages by which people set their password (R-MAIL-1): `GET /password/<token>` shows a form and uses nothing up, as
 * mail scanners open links; `POST` sets the password. The token is the only proof asked for, so it gets into no log,
 * trace, error or `Referer`. Answers: 200, 303 after a success, 400 with the form, 404 for what is no link here, 410
 * for a link that works no more, 503.
 */
export const passwordRoutes = (
  config: PasswordRoutesConfig
): Layer.Layer<never, never, HttpRouter.HttpRouter | PasswordLinks | OwnPassword | PasswordHasher | Digest.Digest> =>
  HttpRouter.use((router) =>
    Effect.gen(function* () {
      const links = yield* PasswordLinks
      const own = yield* OwnPassword
      const hasher = yield* PasswordHasher
      const digest = yield* Digest.Digest
      const pages = passwordPages(config.productName)
      const style = yield* Effect.orDie(digest.digest(Digest.sha256, utf8(passwordStyle)))
      const headers = pageHeaders(Base64.encode(style))

      const answer = ({ status, text }: PasswordPage): HttpServerResponse.HttpServerResponse =>
        HttpServerResponse.text(text, {
          status,
          contentType: "text/html; charset=utf-8",
          headers: status === 503 ? { ...headers, "retry-after": "60" } : headers
        })

      /** The link, or the page that says why there is none to use. */
      const find = Effect.fnUntraced(function* (
        request: HttpServerRequest.HttpServerRequest,
        token: Redacted.Redacted<string>
      ) {
        const link = yield* links.look(token)
        const host = subdomainOf(request.headers.host, config.baseDomain)
        // A link of one organisation is nothing on another's address (R-ORG-2).
        if (link === undefined || (host !== undefined && host !== link.organization.subdomain)) return pages.unknown
        if (link.state !== "live") return pages.stale(link.state, link.organization.name)
        return link.organization.singleSignOn.enabled ? pages.singleSignOn(link) : link
      })

      const show = Effect.fnUntraced(function* (
        request: HttpServerRequest.HttpServerRequest,
        token: Redacted.Redacted<string>
      ) {
        const found = yield* find(request, token)
        return answer("text" in found ? found : pages.form(found, undefined))
      })

      const save = Effect.fnUntraced(function* (
        request: HttpServerRequest.HttpServerRequest,
        token: Redacted.Redacted<string>
      ) {
        const found = yield* find(request, token)
        if ("text" in found) return answer(found)
        const sent = yield* readPasswordForm(request)
        const fault = faultOf(sent, found)
        if (typeof sent === "string" || fault !== undefined) return answer(pages.form(found, fault ?? "broken"))
        const hash = yield* hasher.hash(Redacted.make(sent.password))
        // Whoever comes second is told what became of the link meanwhile.
        if (!(yield* own.set(found, token, hash))) return yield* show(request, token)
        return HttpServerResponse.empty({ status: 303, headers: { ...headers, location: donePath } })
      })

      const handle = (
        handler: (
          request: HttpServerRequest.HttpServerRequest,
          token: Redacted.Redacted<string>
        ) => Effect.Effect<HttpServerResponse.HttpServerResponse, StoreUnavailable | DirectoryBusy>
      ) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const { params } = yield* HttpRouter.RouteContext
          const token = Redacted.make(params.token ?? "", { label: "password link" })
          const exit = yield* Effect.exit(handler(request, token))
          const response = Exit.isSuccess(exit)
            ? exit.value
            : answer(Option.isSome(Cause.findErrorOption(exit.cause)) ? pages.unavailable : pages.crashed)
          const facts = { method: request.method, path: "/password/…", status: response.status }
          const told =
            Exit.isFailure(exit) && response.status === 500
              ? Effect.logError("request failed", exit.cause)
              : Effect.logInfo("request")
          return yield* Effect.as(Effect.annotateLogs(told, facts), response)
          // The router's own log of requests would write the address down.
        }).pipe(HttpMiddleware.withLoggerDisabled)

      yield* router.add("GET", donePath, answer(pages.done))
      yield* router.add("GET", "/password/:token", handle(show))
      yield* router.add("POST", "/password/:token", handle(save))
    })
  )

/** Keeps the addresses of the pages, which hold the token, out of traces. */
export const layerPasswordsUntraced: Layer.Layer<never> = Layer.succeed(HttpMiddleware.TracerDisabledWhen, (request) =>
  /^\/+password\//i.test(request.url)
)

const faultOf = (
  sent: { readonly password: string } | "broken" | "tooLong",
  link: PasswordLink
): FormFault | undefined => (typeof sent === "string" ? sent : passwordFault(sent.password, link.attributes))

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** No script, no frame, nothing from elsewhere, nothing kept, and no word to other pages of this one's address. */
const pageHeaders = (styleHash: string): Readonly<Record<string, string>> => ({
  "cache-control": "no-store",
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; ` +
    "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex"
})
