import { createHash } from "node:crypto"
import { connect } from "node:net"
import { assert, describe, it, layer } from "@effect/vitest"
import { DirectoryBusy } from "@rollcall/domain/directory/Directory"
import { MemoryStore } from "@rollcall/domain/directory/MemoryStore"
import { personActor } from "@rollcall/domain/log/LogEntry"
import { OrganizationId } from "@rollcall/domain/organization/Organization"
import { OrganizationAdministration, operatorCaller } from "@rollcall/domain/organization/OrganizationAdministration"
import { Subdomain } from "@rollcall/domain/organization/Subdomain"
import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { type PasswordLink, passwordLinkLifetime } from "@rollcall/domain/user/PasswordLinks"
import { UserId } from "@rollcall/domain/user/UserId"
import { layerPasswordsUntraced } from "@rollcall/http/password/PasswordRoutes"
import { Effect } from "effect"
import { HttpMiddleware, HttpServerRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { PasswordProbe, personOf } from "../../../domain/test/contract/PasswordProbe.ts"
import {
  invited,
  isPassword,
  layerBrokenScene,
  layerScene,
  origin,
  type Page,
  post,
  request,
  written
} from "./PasswordScene.ts"

const good = "four unrelated words"

const liveLink: PasswordLink = {
  organization: {
    id: OrganizationId.make("00000000-0000-4000-8000-000000000001"),
    subdomain: Subdomain.make("vertes"),
    name: "Vértes & Co",
    singleSignOn: { enabled: false, signInUrl: null }
  },
  user: UserId.make("00000000-0000-4000-8000-000000000002"),
  attributes: { userName: "imre" },
  purpose: "set",
  state: "live"
}

/** What keeps the address and the page of a link with the person who opened it. */
const assertGuarded = ({ headers, text }: Page) => {
  assert.strictEqual(headers.get("cache-control"), "no-store")
  assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
  assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
  assert.strictEqual(headers.get("x-frame-options"), "DENY")
  const policy = headers.get("content-security-policy") ?? ""
  assert.match(
    policy,
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/
  )
  assert.isNull(headers.get("set-cookie"))
  if (text === "") return
  assert.strictEqual(headers.get("content-type"), "text/html; charset=utf-8")
  const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ""
  assert.include(policy, `'sha256-${createHash("sha256").update(style).digest("base64")}'`)
  assert.notMatch(text, /<script|javascript:|\son\w+=|style="|<img|<link|@import|url\(/i)
  assert.match(text, /^<!doctype html>\n<html lang="en">/)
  assert.include(text, '<meta name="viewport" content="width=device-width, initial-scale=1">')
  assert.strictEqual(text.match(/<h1>/g)?.length, 1)
}

layer(layerScene, { timeout: "30 seconds" })("the password pages (R-MAIL-1)", (it) => {
  it.effect("show a form that password managers and screen readers understand, and use nothing up by it", () =>
    Effect.gen(function* () {
      const { path } = yield* invited()
      for (let i = 0; i < 3; i++) {
        const page = yield* request(path)
        assert.strictEqual(page.status, 200)
        assertGuarded(page)
        assert.include(page.text, "<title>Set your password – Rollcall</title>")
        assert.include(page.text, "<bdi>Vértes &amp; Co</bdi>")
        assert.include(page.text, '<label for="password">New password</label>')
        assert.match(
          page.text,
          /<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required aria-describedby="password-hint">/
        )
        assert.match(
          page.text,
          /<input id="account" [^>]*value="imre\.sallai@vertes\.example" autocomplete="username" readonly>/
        )
        assert.match(page.text, /<form method="post"/)
      }
      const head = yield* request(path, { method: "HEAD" })
      assert.strictEqual(head.status, 200)
      const reset = yield* invited({ purpose: "reset" })
      assert.include((yield* request(reset.path)).text, "<h1>Choose a new password</h1>")
    })
  )

  it.effect("set the password, send the browser on to a page that says so, and take the link once", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const saved = yield* post(path, good)
      assert.strictEqual(saved.status, 303)
      assert.strictEqual(saved.headers.get("location"), "/password/done")
      assert.strictEqual(saved.text, "")
      assertGuarded(saved)
      assert.isTrue(yield* isPassword(organization.id, user, good))
      const done = yield* request("/password/done")
      assert.strictEqual(done.status, 200)
      assertGuarded(done)
      assert.include(done.text, "<h1>Your password is set</h1>")
      for (const again of [yield* request(path), yield* post(path, "another long password")]) {
        assert.strictEqual(again.status, 410)
        assertGuarded(again)
        assert.include(again.text, "<h1>This link was used already</h1>")
        assert.include(again.text, "ask an administrator at <bdi>Vértes &amp; Co</bdi>")
      }
      assert.isTrue(yield* isPassword(organization.id, user, good))
    })
  )

  it.effect("let one of many that post at once win (ABUSE-25)", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const passwords = Array.from({ length: 10 }, (_, i) => `password number ${i}`)
      const pages = yield* Effect.forEach(passwords, (password) => post(path, password), { concurrency: "unbounded" })
      const statuses = pages.map(({ status }) => status)
      assert.deepStrictEqual(statuses.toSorted(), [303, ...Array.from({ length: 9 }, () => 410)])
      assert.isTrue(yield* isPassword(organization.id, user, passwords[statuses.indexOf(303)] ?? ""))
    })
  )

  it.effect("tell the log who set a password, once, and no secret (R-LOG-1)", () =>
    Effect.gen(function* () {
      const { organization, path, token, user } = yield* invited()
      const held = (yield* MemoryStore).get(organization.id)
      yield* request(path)
      yield* post(path, "short")
      assert.deepStrictEqual(held?.log, [], "nothing was set")
      const passwords = [good, `${good} again`]
      yield* Effect.forEach(passwords, (password) => post(path, password), { concurrency: "unbounded" })
      assert.lengthOf(held?.log ?? [], 1)
      const entry = held?.log[0]?.entry
      assert.deepInclude(entry, {
        actor: personActor,
        request: "POST /password/…",
        outcome: "updated",
        subject: { type: "User", id: user.id, name: "imre.sallai@vertes.example" },
        changes: []
      })
      assert.include(JSON.stringify(entry?.notes), "set a password by the link")
      for (const secret of [token, good, "$argon2id"]) assert.notInclude(JSON.stringify(held?.log), secret)
      assert.deepStrictEqual(held?.events, [])
    })
  )

  it.effect("take any characters, as the form brings them", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const odd = " +&=%41 Jo\u0301zsef 密码 🐿 "
      assert.strictEqual((yield* post(path, odd)).status, 303)
      assert.isTrue(yield* isPassword(organization.id, user, odd.normalize("NFC")))
      assert.isFalse(yield* isPassword(organization.id, user, odd.trim()))
    })
  )

  it.effect("say beside the field what is wrong with a password, never show it, and leave the link as it was", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const cases: ReadonlyArray<readonly [string, string]> = [
        ["", "Enter at least 12 characters."],
        ["seventeen"[0]?.repeat(11) ?? "", "Enter at least 12 characters."],
        ["Imre.Sallai@Vertes.example", "this one is your name or e-mail address."],
        ["q".repeat(20), "a single character again and again."],
        ["xy".repeat(600), "Enter at most 1,024 characters."],
        ["xy".repeat(20_000), "Enter at most 1,024 characters."],
        ["nul\0 in the middle", "has a character that cannot be used."]
      ]
      for (const [password, message] of cases) {
        const page = yield* post(path, password)
        assert.strictEqual(page.status, 400, message)
        assertGuarded(page)
        assert.match(page.text, /<p class="error" id="password-error">[^<]+<\/p>\n<input id="password"/)
        assert.include(page.text, message)
        assert.match(page.text, /aria-describedby="password-hint password-error" aria-invalid="true" autofocus>/)
        assert.include(page.text, "<title>Error: Set your password")
        if (password.length > 3) assert.notInclude(page.text, `value="${password.slice(0, 11)}`)
      }
      assert.isFalse(yield* isPassword(organization.id, user, "q".repeat(20)))
      assert.strictEqual((yield* post(path, good)).status, 303)
    })
  )

  it.effect("ask again where the form did not arrive as a form with one password", () =>
    Effect.gen(function* () {
      const { path } = yield* invited()
      const form = { "content-type": "application/x-www-form-urlencoded" }
      const broken: ReadonlyArray<RequestInit> = [
        { body: JSON.stringify({ password: good }), headers: { "content-type": "application/json" } },
        { body: `password=${good}`, headers: { "content-type": "text/plain" } },
        { body: "", headers: form },
        { body: "username=x", headers: form },
        { body: "PASSWORD=four+unrelated+words", headers: form },
        { body: "password=four+unrelated+words&password=five+unrelated+words+", headers: form }
      ]
      for (const init of broken) {
        const page = yield* request(path, { method: "POST", ...init })
        assert.strictEqual(page.status, 400)
        assert.include(page.text, "The form did not arrive whole.")
      }
      assert.strictEqual((yield* request(path)).status, 200)
    })
  )

  it.effect("read no more of a form than a password can have, also where it does not say its length", () =>
    Effect.gen(function* () {
      const { path } = yield* invited()
      const port = Number(new URL(yield* origin).port)
      const status = yield* Effect.promise(
        () =>
          new Promise<string>((resolve, reject) => {
            const socket = connect(port, "127.0.0.1")
            let answer = ""
            socket.on("error", reject)
            socket.on("data", (chunk) => {
              answer += chunk.toString()
              if (answer.includes("\r\n")) {
                socket.destroy()
                resolve(answer.split("\r\n", 1)[0] ?? "")
              }
            })
            socket.write(
              `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n`
            )
            socket.write("Transfer-Encoding: chunked\r\n\r\n")
            // Never ended: whoever waits for the end waits for ever.
            for (let i = 0; i < 5; i++) socket.write(`1000\r\n${"x".repeat(4096)}\r\n`)
          })
      )
      assert.strictEqual(status, "HTTP/1.1 400 Bad Request")
    })
  )

  it.effect("say of a link that is over 72 hours old that it has expired, and what to do", () =>
    Effect.gen(function* () {
      const { path } = yield* invited()
      yield* TestClock.adjust(passwordLinkLifetime)
      for (const page of [yield* request(path), yield* post(path, good)]) {
        assert.strictEqual(page.status, 410)
        assertGuarded(page)
        assert.include(page.text, "<h1>This link has expired</h1>")
        assert.include(page.text, "72 hours")
        assert.include(page.text, "send you the e-mail again")
      }
    })
  )

  it.effect("say of a link that died that it works no longer, without a word of the new address (ABUSE-19)", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const probe = yield* PasswordProbe
      yield* probe.put(organization.id, personOf(user.id, "somebody.else@vertes.example", 1))
      for (const page of [yield* request(path), yield* post(path, good)]) {
        assert.strictEqual(page.status, 410)
        assert.include(page.text, "<h1>This link no longer works</h1>")
        assert.notInclude(page.text, "somebody.else")
      }
      assert.isFalse(yield* isPassword(organization.id, user, good))
    })
  )

  it.effect(
    "answer every token that is none with the same page, and a link on another organisation's address (R-ORG-2)",
    () =>
      Effect.gen(function* () {
        const { organization, path, token } = yield* invited()
        const other = yield* invited()
        const unknown = yield* request(`/password/${"A".repeat(64)}`)
        assert.strictEqual(unknown.status, 404)
        assertGuarded(unknown)
        assert.include(unknown.text, "<h1>This link is not known here</h1>")
        const strange = [
          "x",
          "%00",
          "%F0%9F%90%BF",
          "__proto__",
          "..%2F..%2Fetc",
          "%3Cscript%3E",
          token.slice(1),
          `${token}x`,
          "y".repeat(9_000)
        ]
        const same = (page: Page) => {
          assert.strictEqual(page.status, 404)
          assert.strictEqual(page.text, unknown.text)
        }
        for (const text of strange) {
          same(yield* request(`/password/${text}`))
          same(yield* post(`/password/${text}`, good))
        }
        const onHost = (host: string) => hosted(path, host)
        assert.include(yield* onHost(`${organization.subdomain}.example.test`), "HTTP/1.1 200")
        assert.include(yield* onHost(`${organization.subdomain}.EXAMPLE.test:8080`), "HTTP/1.1 200")
        assert.include(yield* onHost("127.0.0.1"), "HTTP/1.1 200")
        assert.include(yield* onHost(`${other.organization.subdomain}.example.test`), "HTTP/1.1 404")
        assert.include(yield* onHost("nobody.example.test"), "HTTP/1.1 404")
      })
  )

  it.effect("ask for no password where the organisation has switched to single sign-on since", () =>
    Effect.gen(function* () {
      const { organization, path, user } = yield* invited()
      const { configure } = yield* OrganizationAdministration
      const caller = operatorCaller(organization, { line: "test", requestId: "r1", receivedAt: 0 })
      const signInUrl = "https://sso.vertes.example/start?a=1&b=2"
      yield* Effect.orDie(configure(caller, { singleSignOn: { enabled: true, signInUrl } }))
      for (const page of [yield* request(path), yield* post(path, good)]) {
        assert.strictEqual(page.status, 410)
        assertGuarded(page)
        assert.include(page.text, 'href="https://sso.vertes.example/start?a=1&amp;b=2"')
      }
      assert.isFalse(yield* isPassword(organization.id, user, good))
    })
  )

  it.effect("show names as text, whatever is in them (ABUSE-35)", () =>
    Effect.gen(function* () {
      const odd = `<img src=x onerror=alert(1)>"'&`
      const live = yield* invited({ name: odd })
      const dead = yield* invited({ name: odd, attributes: { emails: [{ value: `${odd}@vertes.example` }] } })
      const form = yield* request(live.path)
      const stale = yield* request(dead.path)
      assert.deepStrictEqual([form.status, stale.status], [200, 410])
      for (const { text } of [form, stale]) {
        assert.notInclude(text, "<img")
        assert.include(text, "<bdi>&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</bdi>")
      }
    })
  )

  it.effect("leave no token and no password in the log", () =>
    Effect.gen(function* () {
      const { path, token } = yield* invited()
      written.length = 0
      yield* request(path)
      yield* post(path, "short")
      yield* post(path, good)
      yield* request(path)
      const log = written.join("\n")
      assert.include(log, "/password/…")
      assert.isAtLeast(written.length, 4)
      for (const secret of [token, token.slice(0, 30), token.slice(-30), good, "four", "short"])
        assert.notInclude(log, secret)
    })
  )
})

describe("the password pages when something is broken", () => {
  const path = `/password/${"A".repeat(64)}`

  const assertBroken = (status: number, title: string) =>
    Effect.gen(function* () {
      written.length = 0
      for (const page of [yield* request(path), yield* post(path, good)]) {
        assert.strictEqual(page.status, status)
        assertGuarded(page)
        assert.include(page.text, `<h1>${title}</h1>`)
        assert.include(page.text, "your link is still good".slice(5))
        assert.strictEqual(page.headers.get("retry-after"), status === 503 ? "60" : null)
        assert.notInclude(page.text, "kaputt")
      }
      const log = written.join("\n")
      assert.notInclude(log, "A".repeat(64))
      assert.notInclude(log, good)
      return log
    })

  it.effect("say to come back in a minute where the database is away", () =>
    Effect.asVoid(assertBroken(503, "Try again in a moment")).pipe(
      Effect.provide(layerBrokenScene(Effect.fail(new StoreUnavailable({ operation: "find password link" }))))
    )
  )

  it.effect("say to come back in a minute where more waits for the organisation than may, and set nothing", () =>
    Effect.gen(function* () {
      const answer = yield* post("/password/abc", good)
      assert.strictEqual(answer.status, 503)
      assert.isNotNull(answer.headers.get("retry-after"))
      assertGuarded(answer)
    }).pipe(
      Effect.provide(layerBrokenScene(Effect.succeed(liveLink), Effect.fail(new DirectoryBusy({ retryAfter: 2 }))))
    )
  )

  it.effect("say that the fault is here where there is one, and tell the server's log of it alone", () =>
    Effect.gen(function* () {
      assert.include(yield* assertBroken(500, "Something went wrong"), "request failed")
    }).pipe(Effect.provide(layerBrokenScene(Effect.die(new Error("kaputt")))))
  )
})

describe("the addresses of the password pages", () => {
  it.effect("are not traced, and all others are", () =>
    Effect.gen(function* () {
      const isUntraced = yield* HttpMiddleware.TracerDisabledWhen
      const of = (url: string) => isUntraced(HttpServerRequest.fromWeb(new Request(`http://localhost${url}`)))
      for (const url of ["/password/abc", "/password/abc?x=y", "//password//abc", "/PASSWORD/abc"])
        assert.isTrue(of(url))
      for (const url of ["/scim/v2/Users", "/health/live", "/scim/v2/password/x"]) assert.isFalse(of(url))
    }).pipe(Effect.provide(layerPasswordsUntraced))
  )
})

/** The head of the answer to a request with that `Host`, which `fetch` does not let one set. */
const hosted = (path: string, host: string) =>
  Effect.flatMap(origin, (base) =>
    Effect.promise(
      () =>
        new Promise<string>((resolve, reject) => {
          const socket = connect(Number(new URL(base).port), "127.0.0.1")
          let answer = ""
          socket.on("error", reject)
          socket.on("data", (chunk) => {
            answer += chunk.toString()
          })
          socket.on("close", () => resolve(answer.split("\r\n\r\n", 1)[0] ?? ""))
          socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
        })
    )
  )
