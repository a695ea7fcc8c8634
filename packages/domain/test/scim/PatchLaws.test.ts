import { assert, describe, it } from "@effect/vitest"
import type { Note } from "@rollcall/domain/dialect/Note"
import { type AttributeRef, findSub } from "@rollcall/domain/scim/AttributeTable"
import { isJsonArray, isJsonObject, type Json, type JsonObject, jsonEquals } from "@rollcall/domain/scim/Json"
import { applyPatch } from "@rollcall/domain/scim/PatchApply"
import { readPatch } from "@rollcall/domain/scim/PatchRequest"
import { readResource } from "@rollcall/domain/scim/ResourceInput"
import type { ScimError } from "@rollcall/domain/scim/ScimError"
import { Arbitrary, Effect, Result } from "effect"
import { independent, json, operation, operations } from "./PatchArbitrary.ts"
import { groups, patchOp, users } from "./PatchFixture.ts"
import { userResource } from "./ResourceArbitrary.ts"
import { pick } from "./Vocabulary.ts"

const runs = { arbitrary: { runs: 300 } }

/** A person as it is stored: a random resource that was read. */
const stored = Arbitrary.map(userResource, (body) => {
  const { attributes } = Result.getOrThrow(readResource(users, body))
  return { userName: "ines", ...attributes }
})

const patch = (attributes: JsonObject, ...list: ReadonlyArray<JsonObject>): Result.Result<JsonObject, ScimError> =>
  Result.flatMap(readPatch(users, patchOp(...list)), (request) =>
    Result.map(applyPatch(users, attributes, request.operations), (result) => result.attributes)
  )

/** What of a resource the table does not have; everything that is stored must be in it. */
const strangers = (attributes: JsonObject): ReadonlyArray<string> => {
  const found: Array<string> = []
  const inside = (ref: AttributeRef | undefined, name: string, value: Json | undefined): void => {
    if (ref === undefined || (ref.attribute.anyPrimitive !== true && ref.attribute.name !== name)) found.push(name)
    for (const element of isJsonArray(value) ? value : [value]) {
      if (ref === undefined || !isJsonObject(element)) continue
      for (const sub of Object.keys(element)) {
        if (findSub(ref.attribute, sub)?.name !== sub) found.push(`${name}.${sub}`)
      }
    }
  }
  for (const [name, value] of Object.entries(attributes)) {
    const extension = users.resourceType.extensions.find((schema) => schema.id === name)
    if (extension === undefined)
      inside(users.find(users.resourceType.schema.id, name) ?? users.find(undefined, name), name, value)
    else if (!isJsonObject(value) || Object.keys(value).length === 0) found.push(name)
    else for (const [inner, of] of Object.entries(value)) inside(users.find(name, inner), inner, of)
  }
  return found
}

const primaries = (attributes: JsonObject): number =>
  Math.max(
    0,
    ...Object.values(attributes)
      .filter(isJsonArray)
      .map((list) => list.filter((element) => isJsonObject(element) && element.primary === true).length)
  )

describe("laws of PATCH (RFC 7644 3.5.2)", () => {
  it.effect.prop(
    "replace is idempotent",
    [stored, Arbitrary.filter(operation, (one) => one.op !== "add")],
    ([attributes, one]) =>
      Effect.sync(() => {
        const once = patch(attributes, one)
        if (Result.isFailure(once)) return
        const twice = Result.flatMap(once, (after) => patch(after, one))
        // A filter may no longer match what it changed, and then it says what to make or is refused.
        if (typeof one.path === "string" && one.path.includes("[")) return
        assert.deepStrictEqual(Result.getOrThrow(twice), Result.getOrThrow(once))
      }),
    runs
  )

  it.effect.prop(
    "add, then remove of what was added restores",
    [stored, pick(["emails", "phoneNumbers", "roles", "ims"]), pick(["n1", "n2"])],
    ([attributes, path, value]) =>
      Effect.sync(() => {
        const added = [{ value: `${value}@new.example`, type: "added" }]
        const both = patch(attributes, { op: "add", path, value: added }, { op: "remove", path, value: added })
        assert.deepStrictEqual(Result.getOrThrow(both), attributes)
      }),
    runs
  )

  it.effect.prop(
    "add is idempotent",
    [stored, operation],
    ([attributes, one]) =>
      Effect.sync(() => {
        const add = { ...one, op: "add" }
        const once = patch(attributes, add)
        if (Result.isFailure(once) || (typeof one.path === "string" && one.path.includes("["))) return
        assert.deepStrictEqual(Result.getOrThrow(patch(once.success, add)), once.success)
      }),
    runs
  )

  it.effect.prop(
    "operations on different attributes commute",
    [stored, Arbitrary.all(independent), pick([0, 1, 2, 3, 4, 5, 6, 7, 8])],
    ([attributes, list, turn]) =>
      Effect.sync(() => {
        const forth = Result.getOrThrow(patch(attributes, ...list))
        const back = Result.getOrThrow(patch(attributes, ...list.slice(turn).reverse(), ...list.slice(0, turn)))
        assert.isTrue(jsonEquals(forth, back))
      }),
    runs
  )

  it.effect.prop(
    "operations in one request are those of several",
    [stored, operations],
    ([attributes, list]) =>
      Effect.sync(() => {
        // Equal filters in a row are one exception: they mean the same element (WIRE F.7).
        const filtered = list.map((one) => (typeof one.path === "string" && one.path.includes("[") ? one.path : ""))
        if (filtered.some((path, i) => path !== "" && filtered[i - 1]?.split("]")[0] === path.split("]")[0])) return
        const together = patch(attributes, ...list)
        const apart = list.reduce<ReturnType<typeof patch>>(
          (before, one) => Result.flatMap(before, (after) => patch(after, one)),
          Result.succeed(attributes)
        )
        assert.strictEqual(Result.isFailure(together), Result.isFailure(apart))
        if (Result.isSuccess(together)) assert.deepStrictEqual(together.success, Result.getOrThrow(apart))
      }),
    runs
  )

  it.effect.prop(
    "never leaves two primaries",
    [stored, operations],
    ([attributes, list]) =>
      Effect.sync(() => {
        const after = patch(attributes, ...list)
        if (Result.isSuccess(after)) assert.isAtMost(primaries(after.success), 1)
      }),
    runs
  )

  it.effect.prop(
    "never changes what it was given",
    [stored, operations],
    ([attributes, list]) =>
      Effect.sync(() => {
        const before = JSON.stringify(attributes)
        patch(attributes, ...list)
        assert.strictEqual(JSON.stringify(attributes), before)
      }),
    runs
  )

  it.effect.prop(
    "answers the very object where nothing changed",
    [stored, operations],
    ([attributes, list]) =>
      Effect.sync(() => {
        const after = patch(attributes, ...list)
        if (Result.isFailure(after)) return
        const again = Result.getOrThrow(applyPatch(users, after.success, []))
        assert.strictEqual(again.attributes, after.success)
        if (list.length === 1 && jsonEquals(after.success, attributes)) assert.strictEqual(after.success, attributes)
      }),
    runs
  )

  it.effect.prop(
    "ignores attributes that no schema has",
    [stored, operations, json],
    ([attributes, list, value]) =>
      Effect.sync(() => {
        const unheard = [
          { op: "replace", path: "shoeSize", value },
          { op: "add", path: "urn:example:2.0:User:x", value },
          { op: "replace", value: { shoeSize: value, "shoe.size": value } }
        ]
        const without = patch(attributes, ...list)
        const within = patch(attributes, ...unheard, ...list, ...unheard)
        assert.strictEqual(Result.isFailure(within), Result.isFailure(without))
        if (Result.isSuccess(within)) assert.deepStrictEqual(within.success, Result.getOrThrow(without))
      }),
    runs
  )
})

describe("laws of reading", () => {
  it.effect.prop(
    "only names of the table are stored, whatever came",
    [stored, operations, json],
    ([attributes, list, value]) =>
      Effect.sync(() => {
        const after = patch(attributes, ...list, { op: "replace", value })
        if (Result.isSuccess(after)) assert.deepStrictEqual(strangers(after.success), [])
        const input = readResource(users, value)
        if (Result.isSuccess(input)) assert.deepStrictEqual(strangers(input.success.attributes), [])
      }),
    runs
  )

  it.effect.prop(
    "any JSON is read or refused with a 4xx, never anything else",
    [json, stored],
    ([body, attributes]) =>
      Effect.sync(() => {
        for (const table of [users, groups]) {
          const input = readResource(table, body)
          if (Result.isFailure(input)) assert.strictEqual(input.failure.status, 400)
          for (const sent of [
            body,
            { Operations: body },
            { Operations: [body] },
            patchOp({ op: "add", value: body })
          ]) {
            const request = readPatch(table, sent)
            if (Result.isFailure(request)) assert.strictEqual(request.failure.status, 400)
            else applyPatch(table, attributes, request.success.operations)
          }
        }
      }),
    runs
  )

  it.effect.prop(
    "what was read reads as itself",
    [stored],
    ([attributes]) =>
      Effect.sync(() => {
        assert.deepStrictEqual(Result.getOrThrow(readResource(users, attributes)).attributes, attributes)
      }),
    runs
  )

  it.effect.prop(
    "notes never hold a value",
    [json],
    ([value]) =>
      Effect.sync(() => {
        const secret = "s3cret-s3cret"
        const hide = (one: Json): Json =>
          isJsonArray(one)
            ? one.map(hide)
            : isJsonObject(one)
              ? Object.fromEntries(Object.entries(one).map(([name, member]) => [name, hide(member)]))
              : typeof one === "string" && one !== ""
                ? secret
                : one
        const body = hide(value)
        const results: ReadonlyArray<Result.Result<{ readonly notes: ReadonlyArray<Note> }, ScimError>> = [
          readResource(users, body),
          readPatch(users, patchOp({ op: "replace", value: body })),
          readPatch(users, patchOp({ op: "add", path: "emails", value: body })),
          readPatch(users, patchOp({ op: "replace", path: "title", value: body }))
        ]
        for (const result of results) {
          const said = Result.match(result, {
            onSuccess: ({ notes }) => JSON.stringify(notes),
            onFailure: (error) => error.detail
          })
          assert.notInclude(said, secret)
        }
      }),
    runs
  )
})
