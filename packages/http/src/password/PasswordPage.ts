import { emailOf } from "@rollcall/domain/user/Email"
import { type PasswordFault, shortestPassword } from "@rollcall/domain/user/Password"
import { longestPassword } from "@rollcall/domain/user/PasswordHasher"
import type { PasswordLink, PasswordLinkState } from "@rollcall/domain/user/PasswordLinks"
import { coreText } from "@rollcall/domain/user/UserKeys"
import { type Html, html, Html as RawHtml } from "./Html.ts"
import { passwordStyle } from "./PasswordStyle.ts"

/** A page of the password pages: complete HTML text and the status that it is sent with. */
export interface PasswordPage {
  readonly status: number
  readonly text: string
}

/** What keeps a form from being taken: a fault of the password, or `broken`, a form that did not arrive whole. */
export type FormFault = PasswordFault | "broken"

const faultTexts: Readonly<Record<FormFault, string>> = {
  tooShort: `Enter at least ${shortestPassword} characters.`,
  tooLong: `Enter at most ${longestPassword.toLocaleString("en")} characters.`,
  unusable: "Enter another password: this one has a character that cannot be used.",
  repeated: "Enter another password: this one is a single character again and again.",
  known: "Enter another password: this one is your name or e-mail address.",
  broken: "The form did not arrive whole. Enter the password again."
}

/** The pages by which people set their password, under the name of the product. */
export const passwordPages = (productName: string) => {
  const page = (status: number, title: string, content: Html): PasswordPage => ({
    status,
    text: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} – ${productName}</title>
<style>${new RawHtml(passwordStyle)}</style>
</head>
<body>
<main>
<p class="product">${productName}</p>
${content}
</main>
</body>
</html>
`.text
  })

  const notice = (status: number, title: string, ...paragraphs: ReadonlyArray<Html>): PasswordPage =>
    page(
      status,
      title,
      html`<h1>${title}</h1>
${paragraphs.map(
  (paragraph) => html`<p>${paragraph}</p>
`
)}`
    )

  const form = ({ attributes, organization, purpose }: PasswordLink, fault: FormFault | undefined): PasswordPage => {
    const heading = purpose === "set" ? "Set your password" : "Choose a new password"
    const described = fault === undefined ? "password-hint" : "password-hint password-error"
    const account = emailOf(attributes) ?? coreText(attributes, "userName") ?? ""
    return page(
      fault === undefined ? 200 : 400,
      fault === undefined ? heading : `Error: ${heading}`,
      html`<h1>${heading}</h1>
<p>With it and your e-mail address you sign in at <bdi>${organization.name}</bdi> to ${productName}.</p>
<form method="post" accept-charset="utf-8">
<label for="account">Your account</label>
<input id="account" name="username" type="text" value="${account}" autocomplete="username" readonly>
<label for="password">New password</label>
<p class="hint" id="password-hint">At least ${String(shortestPassword)} characters. A few words that have nothing to do with each other are easy to remember and hard to guess.</p>
${
  fault === undefined
    ? undefined
    : html`<p class="error" id="password-error">${faultTexts[fault]}</p>
`
}<input id="password" name="password" type="password" autocomplete="new-password" minlength="${String(shortestPassword)}" required aria-describedby="${described}"${fault === undefined ? undefined : html` aria-invalid="true" autofocus`}>
<button type="submit">Save password</button>
</form>`
    )
  }

  const stale = (state: Exclude<PasswordLinkState, "live">, organizationName: string): PasswordPage => {
    const again = html`ask an administrator at <bdi>${organizationName}</bdi> to send you the e-mail again. It will hold a new link.`
    switch (state) {
      case "used":
        return notice(
          410,
          "This link was used already",
          html`A password was set with it, and it works only once. If that was you, sign in to ${productName}.`,
          html`If it was not you, or you do not know the password any more, ${again}`
        )
      case "expired":
        return notice(
          410,
          "This link has expired",
          html`A link to set a password works for 72 hours. To get another one, ${again}`
        )
      case "void":
        return notice(
          410,
          "This link no longer works",
          html`The password was set by a newer link, or the account has changed since, such as its e-mail address.`,
          html`Look for a newer e-mail with a link. If there is none, ${again}`
        )
    }
  }

  return {
    form,
    stale,
    /** Whatever the token was. */
    unknown: notice(
      404,
      "This link is not known here",
      html`Part of the address may have been lost. Open the link in the e-mail again, or copy the whole of it.`,
      html`If that does not help, ask an administrator of your organisation to send you the e-mail again. It will hold a
new link.`
    ),
    done: notice(
      200,
      "Your password is set",
      html`Sign in to ${productName} with your e-mail address and the new password.`,
      html`You can close this page.`
    ),
    /** The organisation has switched single sign-on on since: no password is asked for any more. */
    singleSignOn: ({ organization: { name, singleSignOn } }: PasswordLink): PasswordPage =>
      notice(
        410,
        "You need no password",
        html`People at <bdi>${name}</bdi> sign in to ${productName} by single sign-on, with the account that they use at work.`,
        ...(/^https?:\/\//i.test(singleSignOn.signInUrl ?? "")
          ? [html`<a class="button" href="${singleSignOn.signInUrl ?? ""}" rel="noreferrer">Go to the sign-in page</a>`]
          : [])
      ),
    unavailable: notice(
      503,
      "Try again in a moment",
      html`The directory cannot be reached just now. Your link is still good: open it again in a minute.`
    ),
    crashed: notice(
      500,
      "Something went wrong",
      html`This is a fault here, and your link is still good. Open it again; if that does not help, tell your
administrator.`
    )
  }
}
