import { Arbitrary, Schema } from "effect"

/** One of these arbitraries, each as likely as another; shrinks towards the first. */
export const anyOf = <A>(first: Arbitrary.Arbitrary<A>, ...others: ReadonlyArray<Arbitrary.Arbitrary<A>>) => {
  const which = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: others.length }))
  return Arbitrary.flatMap(Arbitrary.schema(which), (index) => others[index - 1] ?? first)
}

/** One of these values. */
export const oneOf = <const A extends string | number | boolean>(values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  Arbitrary.schema(Schema.Literals(values))

export const anyString: Arbitrary.Arbitrary<string> = Arbitrary.schema(Schema.String)

export const upTo = (maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

/** Strings that other services have stumbled over. */
export const ODD_STRINGS: ReadonlyArray<string> = [
  ...["", " ", "\u0000", "a\u0000b", "\ud800", "\udc00\ud800", "\ufeff", "\u202e", "\u200b", "İ", "ß", "Σς", "e\u0301"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__", "valueOf", "length"],
  ...["null", "undefined", "NaN", "true", "False", "-0", "1e999", "9223372036854775808", "0x10", "0001"],
  ...["02/30/2027", "31/12/2027", "2027-02-29", "99999-01-01", "2027-01-01T25:61:61Z", "0000-00-00"],
  ...["'; DROP TABLE users; --", "%", "_", "\\", '"', "''", "$1", "\\u0000", "\\x00", "{}", "[]", "#{x}", "{{x}}"],
  ...["a@b@c", '"a@evil x"@corp.example', "a@b.example\r\nBcc: c@d.example", "<img src=x onerror=1>", "=cmd|' /C'!A0"],
  ...["x".repeat(513), "y".repeat(65_537), "😀".repeat(300), "a.".repeat(600), "\u0301".repeat(600)]
]

/** Names that mean something to the protocol or to JavaScript. */
export const NAMES: ReadonlyArray<string> = [
  ...[
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "emails",
    "active",
    "members",
    "displayName",
    "groups"
  ],
  ...["Operations", "op", "path", "value", "method", "bulkId", "data", "filter", "count", "startIndex", "sortBy"],
  ...[
    "attributes",
    "excludedAttributes",
    "primary",
    "type",
    "$ref",
    "manager",
    "roles",
    "x509Certificates",
    "password"
  ],
  ...["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "USERNAME", "failOnErrors", "cursor", "sortOrder"],
  ...["urn:ietf:params:scim:schemas:extension:15Five:2.0:User", "startDate", "custom_x", "userId", "location"]
]

export const oddString: Arbitrary.Arbitrary<string> = anyOf(anyString, oneOf(ODD_STRINGS), oneOf(NAMES))

/** JSON before it is written: names may repeat, and scalars are text, so that numbers which JavaScript cannot hold are possible. */
export type Tree =
  | { readonly scalar: string }
  | { readonly list: ReadonlyArray<Tree> }
  | { readonly object: ReadonlyArray<readonly [string, Tree]> }

const SCALARS = ["null", "true", "false", "0", "-1", "1e999", "-0", "123456789012345678901234567890", "1.5e-9"]

const Text = Schema.Union([Schema.Literals(NAMES), Schema.Literals(ODD_STRINGS), Schema.String])

const TreeSchema: Schema.Codec<Tree> = Schema.suspend(() =>
  Schema.Union([
    Schema.Struct({ scalar: Schema.Literals([...SCALARS, ...ODD_STRINGS.map((text) => JSON.stringify(text))]) }),
    Schema.Struct({ list: Schema.Array(TreeSchema) }),
    Schema.Struct({ object: Schema.Array(Schema.Tuple([Text, TreeSchema])) })
  ])
)

export const anyTree: Arbitrary.Arbitrary<Tree> = Arbitrary.schema(TreeSchema)

export const textOf = (tree: Tree): string => {
  if ("scalar" in tree) return tree.scalar
  if ("list" in tree) return `[${tree.list.map(textOf).join(",")}]`
  return `{${tree.object.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`
}

/** The same value in so many lists or objects. */
export const nested = (text: string, depth: number, open: string, close: string): string =>
  `${open.repeat(depth)}${text}${close.repeat(depth)}`

const deep = Arbitrary.map(
  Arbitrary.all({ depth: upTo(3_000), object: oneOf([true, false]), tree: anyTree }),
  ({ depth, object, tree }) =>
    object ? nested(textOf(tree), depth, '{"name":', "}") : nested(textOf(tree), depth, "[", "]")
)

// Short parts, so that the whole stays well under the limit of a body.
const wide = Arbitrary.map(
  Arbitrary.all({ count: upTo(2_000), key: oddString, tree: anyTree }),
  ({ count, key, tree }) => {
    const value = textOf(tree)
    const short = value.length > 100 ? "0" : value
    const members = Array.from({ length: count }, (_, at) => `${JSON.stringify(`${key.slice(0, 40)}${at}`)}:${short}`)
    return `{${members.join(",")}}`
  }
)

/** Any JSON text: small, deep, wide, with strange names and numbers. */
export const anyJsonText: Arbitrary.Arbitrary<string> = anyOf(
  Arbitrary.map(anyTree, textOf),
  Arbitrary.map(anyTree, textOf),
  deep,
  wide
)
