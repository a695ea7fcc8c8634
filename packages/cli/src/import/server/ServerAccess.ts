import { Config, Effect, FileSystem, Option, Redacted, Stdio, Stream } from "effect"
import { Refused } from "../../Refused.ts"
import { WrongUsage } from "../../WrongUsage.ts"
import { unreadable } from "../ImportFiles.ts"

/** How `--server` and the flags beside it say which server is meant, and by which key. */
export interface ServerFlags {
  readonly server: Option.Option<string>
  readonly apiKey: Option.Option<Redacted.Redacted<string>>
  readonly apiKeyFile: Option.Option<string>
  readonly insecureHttp: boolean
}

/** A server's Public API, and the key to it. */
export interface ServerAccess {
  /** Without a slash at its end. */
  readonly address: string
  readonly key: Redacted.Redacted<string>
}

/** The variable of the environment that holds a key: it is in no list of processes and in no history of a shell. */
export const keyVariable = "ROLLCALL_API_KEY"

const command = "rollcall import"

const isThisMachine = ({ hostname }: URL): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** Reads an address; one to which the key would travel in the clear is refused, unless that is wanted. */
export const readAddress = (text: string, insecureHttp: boolean): Effect.Effect<string, WrongUsage> => {
  const wrong = (problem: string) => Effect.fail(new WrongUsage({ problem, command }))
  const url = URL.parse(text.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === "") {
    return wrong("--server takes the address of a server, such as https://rollcall.example.com")
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return wrong("--server takes an address without user, password, ? and #; the key goes elsewhere")
  }
  if (url.protocol === "http:" && !isThisMachine(url) && !insecureHttp) {
    return wrong(
      `--server ${url.origin} is not https://, so that the API key and the people could be read on their way; ` +
        "give the https:// address, or --insecure-http where the network is trusted"
    )
  }
  return Effect.succeed(`${url.origin}${url.pathname}`.replace(/\/+$/, ""))
}

const readKeyFile = Effect.fnUntraced(function* (path: string) {
  if (path === "-") {
    const { stdin } = yield* Stdio.Stdio
    return yield* Effect.mapError(Stream.mkString(Stream.decodeText(stdin)), unreadable("the standard input"))
  }
  return yield* Effect.mapError((yield* FileSystem.FileSystem).readFileString(path), unreadable(path))
})

const keyOf = Effect.fnUntraced(function* ({ apiKey, apiKeyFile }: ServerFlags) {
  if (Option.isSome(apiKey) && Option.isSome(apiKeyFile)) {
    return yield* new WrongUsage({ problem: "Give one of --api-key and --api-key-file", command })
  }
  if (Option.isSome(apiKey)) return Redacted.value(apiKey.value)
  if (Option.isSome(apiKeyFile)) return yield* readKeyFile(apiKeyFile.value)
  const set = yield* Effect.orDie(Config.option(Config.Redacted(keyVariable)))
  if (Option.isSome(set)) return Redacted.value(set.value)
  return yield* new WrongUsage({
    problem: `--server needs an API key: in the variable ${keyVariable}, in a file by --api-key-file, or by --api-key`,
    command
  })
})

/** The server that is meant; undefined where none is, and the database is. */
export const readServerAccess = Effect.fnUntraced(function* (
  flags: ServerFlags
): Effect.fn.Return<ServerAccess | undefined, WrongUsage | Refused, FileSystem.FileSystem | Stdio.Stdio> {
  const { apiKey, apiKeyFile, insecureHttp, server } = flags
  if (Option.isNone(server)) {
    const beside = Option.isSome(apiKey) || Option.isSome(apiKeyFile) || insecureHttp
    if (!beside) return undefined
    return yield* new WrongUsage({
      problem: "--api-key, --api-key-file and --insecure-http go with --server",
      command
    })
  }
  const address = yield* readAddress(server.value, insecureHttp)
  const key = (yield* keyOf(flags)).trim()
  // Anything else could not stand in a header.
  if (/^[\x21-\x7e]+$/.test(key)) return { address, key: Redacted.make(key) }
  return yield* new Refused({
    problem: key === "" ? "The API key is empty" : "The API key is not one: it has blanks or other characters in it",
    remedy: "`rollcall key create <organisation> --scope import` makes one"
  })
})
