import { createWriteStream } from "node:fs"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { printRecord } from "@rollcall/domain/csv/CsvCell"
import { userName } from "./Person.ts"

const header = [
  "email",
  "first_name",
  "last_name",
  "title",
  "employee_number",
  "location",
  "manager",
  "hire_date",
  "custom_cost_center"
]

/** The row of the n-th person; seven of eight have a manager, who comes before them in the file. */
const rowOf = (series: string, n: number): string => {
  const [given = "", family = ""] = userName(series, n).split(".")
  return printRecord([
    userName(series, n),
    given,
    family,
    `Engineer ${n % 40}`,
    `E${n}`,
    `Site ${n % 25}`,
    n % 8 === 0 ? "" : userName(series, Math.floor(n / 8)),
    `0${(n % 9) + 1}/1${n % 9}/2019`,
    `CC-${n % 97}`
  ])
}

const partsOf = function* (series: string, people: number) {
  const part = 1_000
  yield printRecord(header)
  for (let from = 0; from < people; from += part) {
    let text = ""
    for (let n = from; n < Math.min(people, from + part); n++) text += rowOf(series, n)
    yield text
  }
}

/** Writes a file of so many people as an import takes it, about 130 bytes a row. */
export const writeStaffFile = (path: string, series: string, people: number): Promise<void> =>
  pipeline(Readable.from(partsOf(series, people)), createWriteStream(path))
