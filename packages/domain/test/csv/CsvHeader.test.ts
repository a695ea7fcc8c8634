import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readHeader } from "../../src/csv/CsvHeader.ts"

const known = ["email", "first_name", "manager", "location"].map((name) => ({ name }))
const ignoredOf = (...cells: ReadonlyArray<string>) => {
  const read = readHeader({ line: 1, cells }, known)
  return Result.isFailure(read) ? read.failure.message : read.success.ignored
}

describe("the header of a file", () => {
  it("R-CSV-1: what is not known is ignored, and the column that was probably meant is named", () => {
    assert.deepStrictEqual(ignoredOf("E-mail", "Frist Name", "Manager Email", "Shoe"), [
      { name: "Frist Name", meant: "first_name" },
      { name: "Manager Email", meant: "manager" },
      { name: "Shoe", meant: undefined }
    ])
  })

  it("R-CSV-1: no column is suggested that the file already has", () => {
    assert.deepStrictEqual(ignoredOf("email", "Email 2"), [{ name: "Email 2", meant: undefined }])
  })
})
