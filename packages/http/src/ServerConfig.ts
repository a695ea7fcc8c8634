import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Config, Effect, Option, Schema } from "effect"

/** Every variable that the server reads besides those of the database, as `rollcall config` lists them. */
export const serverVariables = [
  { name: "HOST", default: "127.0.0.1", description: "Address to listen on", secret: false },
  { name: "PORT", default: "3000", description: "Port to listen on", secret: false },
  {
    name: "BASE_DOMAIN",
    default: "localhost",
    description: "Domain under which each organisation has its subdomain",
    secret: false
  },
  {
    name: "PUBLIC_URL",
    default: undefined,
    description: "Address under which the outside reaches this server, such as https://scim.example.com",
    secret: false
  },
  {
    name: "EXTENSION_URN",
    default: defaultExtensionUserUrn,
    description: "Namespace of the directory's own attributes of people",
    secret: false
  },
  {
    name: "LOG_LEVEL",
    default: "info",
    description: "Least severe level that is logged: trace, debug, info, warn, error, fatal or none",
    secret: false
  },
  {
    name: "SHUTDOWN_SECONDS",
    default: "20",
    description: "How long requests in flight may take to finish when the server is told to stop",
    secret: false
  },
  {
    name: "DRAIN_SECONDS",
    default: "0",
    description: "How long the server still takes requests after /health/ready began to fail, for load balancers",
    secret: false
  }
] as const

const levels = {
  all: "All",
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  warning: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const

const LogLevel = Schema.String.check(
  Schema.makeFilter((text) => Object.hasOwn(levels, text.trim().toLowerCase()), {
    message: "must be trace, debug, info, warn, error, fatal or none"
  })
)

/** What the server is told by its environment. */
export const serverConfig = Config.all({
  host: Config.withDefault(Config.String("HOST"), "127.0.0.1"),
  port: Config.withDefault(Config.Port("PORT"), 3000),
  baseDomain: Config.withDefault(Config.String("BASE_DOMAIN"), "localhost"),
  publicUrl: Config.option(Config.String("PUBLIC_URL")),
  extensionUrn: Config.withDefault(Config.String("EXTENSION_URN"), defaultExtensionUserUrn),
  logLevel: Config.withDefault(Config.schema(LogLevel, "LOG_LEVEL"), "info"),
  shutdownSeconds: Config.withDefault(Config.Int("SHUTDOWN_SECONDS"), 20),
  drainSeconds: Config.withDefault(Config.Int("DRAIN_SECONDS"), 0)
})

export interface ServerConfig {
  readonly host: string
  readonly port: number
  readonly baseDomain: string
  readonly publicUrl: string | undefined
  readonly extensionUrn: string
  readonly logLevel: (typeof levels)[keyof typeof levels]
  readonly shutdownSeconds: number
  readonly drainSeconds: number
}

/** Reads the configuration; a value that makes no sense fails, naming the variable. */
export const readServerConfig: Effect.Effect<ServerConfig, Config.ConfigError> = Effect.map(
  serverConfig,
  ({ logLevel, publicUrl, ...rest }) => ({
    ...rest,
    publicUrl: Option.getOrUndefined(publicUrl),
    logLevel: levels[logLevel.trim().toLowerCase() as keyof typeof levels]
  })
)
