import { Schema, SchemaTransformation } from "effect"

const isMoment = Schema.makeFilter((text: string) => !Number.isNaN(Date.parse(text)), {
  message: "must be a moment in ISO 8601, such as 2027-03-10T08:00:00Z"
})

/** A moment: ISO 8601 in UTC on the wire, milliseconds since 1970 here. */
export const Moment = Schema.String.annotate({ format: "date-time" })
  .check(isMoment)
  .pipe(
    Schema.decodeTo(
      Schema.Number,
      SchemaTransformation.transform({
        decode: (text: string) => Date.parse(text),
        encode: (time: number) => new Date(time).toISOString()
      })
    )
  )

/** The limit of a page where a request names none. */
export const defaultPageLimit = 50

/** Which page of a list: `after` is the `next` of the page before, `limit` how many it has at most, 1 to 200. */
export const pageQuery = {
  after: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(512))),
  limit: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 200 }))
  )
}

/** A page of a list; `next` goes into `after` of the next request, null on the last page. */
export const pageOf = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), next: Schema.NullOr(Schema.String) })
