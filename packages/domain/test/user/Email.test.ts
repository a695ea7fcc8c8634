import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "@rollcall/domain/scim/Json"
import { emailFault, emailOf, emailValues } from "@rollcall/domain/user/Email"

const home = { value: "home@halden.example", type: "home" }
const work = { value: "work@halden.example", type: "work" }
const other = { value: "other@halden.example" }
const userName = "name@halden.example"

describe("R-USER-5: the email of a person", () => {
  const choices: ReadonlyArray<readonly [string, JsonObject, string | undefined]> = [
    ["the primary one", { userName, emails: [home, work, { ...other, primary: true }] }, other.value],
    ["else the first of type work", { userName, emails: [home, work, { ...work, value: "w2@x.example" }] }, work.value],
    ["whose type is written in any case", { userName, emails: [home, { ...work, type: "Work" }] }, work.value],
    ["else the first", { userName, emails: [home, other] }, home.value],
    ["else a userName of that form", { userName }, userName],
    ["and so where the list is empty", { userName, emails: [] }, userName],
    ["a primary one without a value does not count", { emails: [{ primary: true }, home] }, home.value],
    ["nor does an empty value", { emails: [{ value: "", primary: true }, work] }, work.value],
    ["primary must be true", { emails: [home, { ...other, primary: false }] }, home.value],
    ["a userName of another form is none", { userName: "ines" }, undefined],
    ["nobody has none without both", {}, undefined]
  ]
  for (const [name, attributes, expected] of choices) {
    it(`is ${name}`, () => assert.strictEqual(emailOf(attributes), expected))
  }

  it("is one of the values of emails, which are told in their order", () => {
    assert.deepStrictEqual(emailValues({ emails: [home, { type: "work" }, other] }), [home.value, other.value])
    assert.deepStrictEqual(emailValues({ emails: "x@y.example" }), [])
  })
})

describe("ABUSE-34: an address that mail may be sent to", () => {
  for (const address of ["a@b", "ines.okafor+x@halden.example", "ünï@halden.example", "o'neil@halden.example"]) {
    it(`is ${address}`, () => assert.isUndefined(emailFault(address)))
  }

  const faults: ReadonlyArray<readonly [string, RegExp]> = [
    ["ines", /not an e-mail address/],
    ["@halden.example", /not an e-mail address/],
    ["ines@", /not an e-mail address/],
    ["a@b@c", /not an e-mail address/],
    ['"a@evil x"@corp', /not an e-mail address/],
    ['"a"@corp', /contains "\\""/],
    ["a b@corp", /contains " "/],
    ["a@corp,b", /contains ","/],
    ["list:a@corp;", /contains ":"/],
    ["<a@corp>", /contains "<"/],
    ["a(x)@corp", /contains "\("/],
    ["a\\b@corp", /contains "\\\\"/],
    ["a@corp\r\nBcc: x", /control character U\+000D/],
    ["a\u0000@corp", /NUL/],
    ["a\u200b@corp", /invisible character U\+200B/],
    ["a@\u202ecorp", /invisible character U\+202E/],
    ["a\u2003b@corp", /contains /],
    ["a@.corp", /empty label/],
    ["a@corp.", /empty label/],
    ["a@corp..example", /empty label/]
  ]
  for (const [address, fault] of faults) {
    it(`is not ${JSON.stringify(address)}`, () => assert.match(emailFault(address) ?? "", fault))
  }

  it("has 254 characters at most", () => {
    assert.isUndefined(emailFault(`${"a".repeat(250)}@b.c`))
    assert.match(emailFault(`${"a".repeat(251)}@b.c`) ?? "", /255 characters/)
  })
})
