import { binary, boolean, complex, plural, reference, string } from "../Attribute.ts"
import type { SchemaDefinition } from "../Schema.ts"

export const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User"

const homeAndWork = ["work", "home", "other"]

/** The core User of RFC 7643 section 4.1. */
export const userSchema: SchemaDefinition = {
  id: userUrn,
  name: "User",
  description: "A person of the organisation.",
  attributes: [
    string("userName", "The name by which the identity provider knows the person; unique in the organisation.", {
      required: true,
      uniqueness: "server",
      compared: true
    }),
    complex("name", "The parts of the person's name.", [
      string("formatted", "The whole name, ready for display."),
      string("familyName", "The family name, or last name."),
      string("givenName", "The given name, or first name."),
      string("middleName", "The middle names."),
      string("honorificPrefix", "A title before the name."),
      string("honorificSuffix", "A suffix after the name.")
    ]),
    string("displayName", "The name shown to other people.", { compared: true }),
    string("nickName", "The casual name of the person."),
    reference("profileUrl", "The URL of the person's profile page.", ["external"]),
    string("title", "The job title."),
    string("userType", "The relationship between the organisation and the person."),
    string("preferredLanguage", "The preferred languages, in the form of an Accept-Language header."),
    string("locale", "The locale for number, date and currency formats, such as en-US."),
    string("timezone", "The time zone as the identity provider knows it; kept, without effect."),
    boolean("active", "Whether the person may sign in."),
    string("password", "A clear-text password to be set; never returned.", {
      caseExact: true,
      mutability: "writeOnly",
      returned: "never"
    }),
    plural(
      "emails",
      "The e-mail addresses; the primary one is the person's address here.",
      string("value", "The e-mail address.", { compared: true }),
      homeAndWork
    ),
    plural("phoneNumbers", "The telephone numbers.", string("value", "The telephone number, as it was sent."), [
      "work",
      "home",
      "mobile",
      "fax",
      "pager",
      "other"
    ]),
    plural("ims", "The instant-messaging addresses.", string("value", "The address."), [
      "aim",
      "gtalk",
      "icq",
      "xmpp",
      "msn",
      "skype",
      "qq",
      "yahoo"
    ]),
    plural("photos", "The URLs of pictures of the person.", reference("value", "The URL.", ["external"]), [
      "photo",
      "thumbnail"
    ]),
    complex(
      "addresses",
      "The postal addresses.",
      [
        string("formatted", "The whole address, ready for display or a label."),
        string("streetAddress", "The street, with house number and the like."),
        string("locality", "The city."),
        string("region", "The state or region."),
        string("postalCode", "The postal code."),
        string("country", "The country, as an ISO 3166-1 alpha-2 code."),
        string("type", "A label for what this address is for.", { canonicalValues: homeAndWork }),
        boolean("primary", "Whether this is the preferred address; at most one is.")
      ],
      { multiValued: true }
    ),
    complex(
      "groups",
      "The groups that the person is a member of; returned where it is asked for.",
      [
        string("value", "The id of the group.", { caseExact: true, mutability: "readOnly", compared: true }),
        reference("$ref", "The URI of the group.", ["Group"], { mutability: "readOnly" }),
        string("display", "The name of the group.", { mutability: "readOnly" }),
        string("type", "How the membership came about.", {
          mutability: "readOnly",
          canonicalValues: ["direct", "indirect"]
        })
      ],
      { multiValued: true, mutability: "readOnly", returned: "request" }
    ),
    plural("entitlements", "What the person is entitled to.", string("value", "The entitlement."), []),
    plural("roles", "The roles of the person.", string("value", "The role, as it was sent."), []),
    plural(
      "x509Certificates",
      "The certificates of the person.",
      binary("value", "The certificate, base64 of DER."),
      []
    )
  ]
}
