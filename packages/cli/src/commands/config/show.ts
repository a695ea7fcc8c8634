import { Config, Effect, Option } from "effect"
import { Command } from "effect/cli"
import { answer, table } from "../../Answer.ts"
import { type EnvironmentVariable, Installation } from "../../Installation.ts"

/** A secret as it may be shown: of a URL everything but its password and its parameters, of anything else that it is set. */
export const masked = (value: string): string => {
  const url = URL.parse(value)
  if (url === null || url.host === "") return "(set)"
  const user = url.username === "" ? "" : `${url.username}${url.password === "" ? "" : ":***"}@`
  return `${url.protocol}//${user}${url.host}${url.pathname}${url.search === "" ? "" : "?***"}`
}

const read = Effect.fnUntraced(function* (variable: EnvironmentVariable) {
  const set = yield* Effect.orDie(Effect.map(Config.option(Config.String(variable.name)), Option.getOrUndefined))
  const value = set === undefined ? (variable.default ?? null) : variable.secret ? masked(set) : set
  return { name: variable.name, value, set: set !== undefined, description: variable.description }
})

/** `rollcall config`: every variable of the environment with its value or default; secrets are masked. */
export const config = Command.make(
  "config",
  {},
  Effect.fnUntraced(function* () {
    const variables = yield* Effect.forEach((yield* Installation).variables, read)
    const lines = variables.map(({ description, name, set, value }) => [
      name,
      value ?? "-",
      set ? "environment" : "default",
      description
    ])
    yield* answer(variables, table([["NAME", "VALUE", "FROM", "MEANING"], ...lines]))
  })
).pipe(Command.withDescription("List the environment variables with their values or defaults; secrets are masked"))
