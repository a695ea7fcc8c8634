import { assert, describe, it } from "vitest"
import { type Case, organizationOf, type Step } from "./Case.ts"
import { catalogue } from "./Catalogue.ts"
import { isObject, type Json } from "./Json.ts"
import { operatorNames } from "./Matcher.ts"
import { page, results } from "./Table.ts"

const all = catalogue.flatMap((suite) => suite.cases.map((one) => ({ suite, one })))

const isWrite = ({ request, seed }: Step) =>
  seed !== true && request.method !== "GET" && !request.path.startsWith("/.search")

/** Writes that no reading step follows before the next write or the end. */
const unread = ({ steps }: Case): ReadonlyArray<string> =>
  steps.flatMap((step, index) => {
    const next = steps[index + 1]
    const read = next?.request.method === "GET"
    return isWrite(step) && !read ? [`${step.request.method} ${step.request.path}`] : []
  })

const strings = (value: Json | undefined): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (Array.isArray(value)) return (value as ReadonlyArray<Json>).flatMap(strings)
  return isObject(value) ? Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)]) : []
}

const variablesOf = ({ expect, request }: Step): ReadonlySet<string> => {
  const { body, headers, path, rawBody } = request
  const texts = [path, rawBody ?? "", ...Object.values(headers), ...strings(body)]
  const wanted = [...strings(expect.headers), ...strings(expect.body)]
  const found = [...texts, ...wanted].flatMap((text) => [...text.matchAll(/\{\{([^.}]+)/g)].map((hit) => hit[1] ?? ""))
  return new Set(found)
}

/** Variables that no earlier step captures. */
const unbound = ({ steps }: Case): ReadonlyArray<string> => {
  const known = new Set(["case", "base", "item"])
  return steps.flatMap((step) => {
    const missing = [...variablesOf(step)].filter((name) => !known.has(name))
    for (const name of Object.keys(step.capture ?? {})) known.add(name)
    return missing
  })
}

const dollars = (value: Json | undefined): ReadonlyArray<string> => {
  if (Array.isArray(value)) return (value as ReadonlyArray<Json>).flatMap(dollars)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => [...(key.startsWith("$") ? [key] : []), ...dollars(inner)])
}

/** What the catalogue of provider traffic lists (WIRE G), and the case, or cases by their beginning, that plays it. */
const listed: Readonly<Record<string, ReadonlyArray<string>>> = {
  okta: [
    ...["connect-probe", "probe-with-groups", "assign-new-aiw", "assign-new-oin", "link-existing-active"],
    ...[
      "link-existing-inactive",
      "profile-put-merged",
      "deactivate-patch-pathless",
      "deactivate-put",
      "reactivate-both"
    ],
    ...["password-patch", "import-205-users", "import-groups", "push-new-aiw", "push-new-oin", "push-rename"],
    ...["push-now-empty-path", "push-now-empty-pathless", "push-20k-put", "link-group-exact-name", "unlink-delete"],
    ...["429-integer-retry-after", "manager-value", "manager-display-name", "manager-manager-id", "manager-email"],
    ...["manager-string", "manager-flat-extension", "date-ext", "custom-attr"]
  ],
  entra: [
    ...["test-connection", "match-user-name", "match-external-id", "match-work-email", "match-employee-number"],
    ...[
      "match-group",
      "post-no-ext-urn",
      "post-nulls",
      "post-string-bools",
      "patch-legacy-multi",
      "patch-flag-pathless"
    ],
    ...["patch-dot-urn", "active-legacy", "active-flag", "active-add", "email-absent-add", "email-absent-replace"],
    ...["address-absent", "manager-add-string", "manager-replace-object", "manager-add-array-ref"],
    ...[
      "manager-replace-empty-object",
      "manager-replace-empty-string",
      "manager-remove-value",
      "manager-remove-filter"
    ],
    ...["roles-filter", "roles-legacy", "group-create-adscim", "group-get-excluded", "members-add-ref-null"],
    ...["members-remove-value", "members-remove-filter", "bulk-members", "delete-twice", "restore-keeps-groups"],
    ...["null-update", "pagination", "schemas-flatten", "slow-201-retry-409"]
  ],
  others: [
    ...["onelogin-template", "jumpcloud-test-user", "google-dual-schemas", "ping-emails-eq", "ping-users-0"],
    "rippling-spc-probe"
  ],
  "okta-spec": Array.from({ length: 12 }, (_, index) => `spec-${String(index + 1).padStart(2, "0")}-`),
  gallery: Array.from({ length: 25 }, (_, index) => `${String(index + 1).padStart(2, "0")}-`)
}

describe("the conformance catalogue", () => {
  it("names every case once in its suite", () => {
    const names = all.map(({ one, suite }) => `${suite.name}/${one.name}`)
    assert.deepStrictEqual([...new Set(names)], names)
  })

  it("reads back after every write, refused ones included", () => {
    assert.deepStrictEqual(
      all.flatMap(({ one, suite }) => unread(one).map((write) => `${suite.name}/${one.name}: ${write}`)),
      []
    )
  })

  it("uses only variables that an earlier step captured", () => {
    assert.deepStrictEqual(
      all.flatMap(({ one, suite }) => unbound(one).map((name) => `${suite.name}/${one.name}: {{${name}}}`)),
      []
    )
  })

  it("sends together only what does not need the others' answers", () => {
    for (const { one } of all) {
      for (const [index, step] of one.steps.entries()) {
        const before = step.together === true ? one.steps.slice(0, index).reverse() : []
        const end = before.findIndex(({ together }) => together !== true)
        const captured = before
          .slice(0, end === -1 ? before.length : end)
          .flatMap((other) => Object.keys(other.capture ?? {}))
        const used = variablesOf(step)
        assert.deepStrictEqual(
          captured.filter((name) => used.has(name)),
          [],
          one.name
        )
      }
    }
  })

  it("uses only operators that there are: a misspelt one deep in an expectation would assert nothing", () => {
    const known = new Set([...operatorNames, "$ref", "$merge", "$forEach", "$give"])
    for (const { one } of all) {
      for (const { expect, request } of one.steps) {
        const used = [...dollars(expect.body), ...dollars(expect.headers), ...dollars(request.body)]
        assert.deepStrictEqual(
          used.filter((name) => !known.has(name)),
          [],
          one.name
        )
      }
    }
  })

  it("cites where each case comes from and the rules it shows", () => {
    for (const { one } of all) {
      assert.match(one.source, /^WIRE \S/, one.name)
      assert.isNotEmpty(one.rules, one.name)
      for (const rule of one.rules) assert.match(rule, /^(R-[A-Z]+(-\d+)?|ABUSE-\d+)$/, one.name)
    }
  })

  it("holds every fixture of the traffic catalogue and every numbered test of the vendors, or says why not", () => {
    const missing = Object.entries(listed).flatMap(([name, wanted]) => {
      const suite = catalogue.find((candidate) => candidate.name === name)
      const there = [...(suite?.cases ?? []), ...(suite?.notCovered ?? [])].map((one) => one.name)
      return wanted.filter(
        (want) => !there.some((have) => have === want || (want.endsWith("-") && have.startsWith(want)))
      )
    })
    assert.deepStrictEqual(missing, [])
  })

  it("uses subdomains that are host names without underscores (R-ORG-8)", () => {
    for (const { one, suite } of all) assert.match(organizationOf(suite, one), /^[a-z0-9](-?[a-z0-9])*$/)
  })

  it("gives a case that wants to be alone an organisation of its own", () => {
    for (const { one, suite } of all.filter(({ one: { alone } }) => alone === true)) {
      const shared = all.filter((other) => organizationOf(other.suite, other.one) === organizationOf(suite, one))
      assert.lengthOf(shared, 1, one.name)
    }
  })
})

describe("the conformance page", () => {
  const run = results()
  const [suite] = catalogue
  const [first, second] = suite?.cases ?? []

  it("shows passes, failures and what did not run, and counts what passed", () => {
    assert.isDefined(suite)
    assert.isDefined(first)
    assert.isDefined(second)
    run.record("postgresql", suite.name, first.name, { passed: true })
    run.record("embedded", suite.name, first.name, { passed: false, report: "" })
    const text = page([{ ...suite, cases: [first, second] }], run)
    assert.include(text, "| PostgreSQL 15 | 1 | 2 |")
    assert.include(text, "| embedded | 0 | 2 |")
    assert.include(text, `| ${suite.name} | ${first.name} | ${first.source} | pass | FAIL |`)
    assert.include(text, `| ${suite.name} | ${second.name} | ${second.source} | not run | not run |`)
    for (const { name } of suite.notCovered) assert.include(text, name)
  })
})
