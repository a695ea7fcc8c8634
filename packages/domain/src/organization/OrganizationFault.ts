import { Option, Result, Schema } from "effect"
import { badRequest, type ScimError } from "../scim/ScimError.ts"
import { OrganizationRefused, type SingleSignOn } from "./Organization.ts"
import { isTimeZone } from "./OrganizationToday.ts"
import { PlainName } from "./PlainName.ts"

/** A value as a refusal names it: quoted, and no longer than is read. */
const quoted = (value: string): string => JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)

const refused = (detail: string): Result.Result<never, ScimError> => Result.fail(badRequest("invalidValue", detail))

/** The name as it is kept; fails where it is none for people. */
export const checkName = (name: string): Result.Result<string, ScimError> =>
  Option.match(decodeName(name), {
    onNone: () => refused(`The name ${quoted(name)} cannot be used. Give 1 to 200 characters on one line.`),
    onSome: (plain) => Result.succeed(plain)
  })

const decodeName = Schema.decodeUnknownOption(PlainName)

/** The time zone, or the refusal that names it (R-ORG-1). */
export const checkTimeZone = (timeZone: string): Result.Result<string, ScimError> =>
  isTimeZone(timeZone)
    ? Result.succeed(timeZone)
    : refused(`There is no time zone ${quoted(timeZone)}. Give the name of an IANA time zone such as Europe/Berlin.`)

/** Where single sign-on is on there must be a page to sign in on, reached by https (R-ORG-1). */
export const checkSingleSignOn = (singleSignOn: SingleSignOn): Result.Result<SingleSignOn, ScimError> => {
  const { enabled, signInUrl } = singleSignOn
  if (signInUrl === null) {
    return enabled
      ? refused("Single sign-on needs the address of its sign-in page. Give an https:// URL.")
      : Result.succeed(singleSignOn)
  }
  const fault = signInUrlFault(signInUrl)
  return fault === undefined
    ? Result.succeed(singleSignOn)
    : refused(`The sign-in URL ${fault}. Give an https:// URL such as https://sso.example.com/acme.`)
}

/**
 * What is wrong with the address of a sign-in page, fit to follow on "the URL"; undefined where nothing is. The address is
 * not repeated: a password may stand in it.
 */
export const signInUrlFault = (text: string): string | undefined => {
  if (text.length > 2_048) return "is longer than 2,048 characters"
  const url = Option.getOrUndefined(parseUrl(text))
  if (url === undefined) return "is not a URL"
  if (url.protocol !== "https:") return "does not begin with https://"
  if (url.username !== "" || url.password !== "") return "holds a user name or password"
  return undefined
}

const parseUrl = Schema.decodeUnknownOption(Schema.URLFromString)

/** The refusal of a subdomain that an organisation has. */
export const subdomainTaken = (subdomain: string): OrganizationRefused =>
  new OrganizationRefused({
    detail: `The subdomain ${subdomain} is taken. Choose another, or list the organisations to see whose it is.`
  })
