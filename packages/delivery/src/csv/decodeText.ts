import { CsvUnreadable } from "@rollcall/domain/csv/CsvReader"
import { Effect, Stream } from "effect"

type Encoding = "utf-8" | "utf-16le" | "utf-16be"

/**
 * The encoding that the first bytes tell: by their mark, else by zeros in every other place, which UTF-16 has wherever it
 * spells ASCII; UTF-8 otherwise.
 */
export const encodingOf = (head: Uint8Array): Encoding => {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le"
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be"
  const pairs = Math.min(head.length >> 1, 32)
  let even = 0
  let odd = 0
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even++
    if (head[2 * i + 1] === 0) odd++
  }
  // A NUL that has got into UTF-8 stands alone.
  if (pairs < 2 || even + odd < pairs / 2) return "utf-8"
  return even > odd ? "utf-16be" : "utf-16le"
}

const wrongEncoding = (line: number, encoding: Encoding) =>
  new CsvUnreadable({
    line,
    problem:
      encoding === "utf-8"
        ? "The file is not in UTF-8; it is probably in windows-1252 or another old encoding"
        : "The file begins as UTF-16 and goes on as something else",
    remedy: 'Save it as "CSV UTF-8" in the spreadsheet, and import that'
  })

/** Decodes a file's bytes, without the mark at their beginning; fails on the line where they are no text (R-CSV-1). */
export const decodeText = <E>(bytes: Stream.Stream<Uint8Array, E>): Stream.Stream<string, E | CsvUnreadable> =>
  Stream.suspend(() => {
    let decoder: { readonly encoding: Encoding; readonly text: InstanceType<typeof TextDecoder> } | undefined
    let head: Uint8Array = new Uint8Array()
    let line = 1

    const decode = (chunk: Uint8Array, isLast: boolean): Effect.Effect<string, CsvUnreadable> => {
      if (decoder === undefined) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
        if (head.length < 64 && !isLast) return Effect.succeed("")
        const encoding = encodingOf(head)
        decoder = { encoding, text: new TextDecoder(encoding, { fatal: true }) }
        return decodeWith(decoder, head, isLast)
      }
      return decodeWith(decoder, chunk, isLast)
    }

    const decodeWith = ({ encoding, text }: NonNullable<typeof decoder>, chunk: Uint8Array, isLast: boolean) =>
      Effect.suspend(() => {
        try {
          const decoded = text.decode(chunk, { stream: !isLast })
          for (let at = decoded.indexOf("\n"); at >= 0; at = decoded.indexOf("\n", at + 1)) line++
          return Effect.succeed(decoded)
        } catch {
          return Effect.fail(wrongEncoding(line + linesBeforeFault(encoding, chunk), encoding))
        }
      })

    return bytes.pipe(
      Stream.mapEffect((chunk) => decode(chunk, false)),
      Stream.concat(Stream.fromEffect(Effect.suspend(() => decode(new Uint8Array(), true)))),
      Stream.filter((text) => text !== "")
    )
  })

/** How many lines of a chunk come before what cannot be decoded. */
const linesBeforeFault = (encoding: Encoding, chunk: Uint8Array): number => {
  // Halving: the longest beginning that is text, but for a character that it cuts in two.
  let good = 0
  let bad = chunk.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    try {
      new TextDecoder(encoding, { fatal: true }).decode(chunk.subarray(0, middle), { stream: true })
      good = middle
    } catch {
      bad = middle
    }
  }
  return new TextDecoder(encoding).decode(chunk.subarray(0, good)).split("\n").length - 1
}
