import type { RateLimit } from "@rollcall/domain/organization/TokenBucket"
import { defaultExtensionUserUrn } from "@rollcall/domain/scim/schemas/ExtensionUserSchema"
import { Config, Effect, Option, Schema } from "effect"
import type { RateLimits } from "./auth/RateLimiter.ts"

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
    name: "RATE_LIMIT_ORGANIZATION",
    default: "1000",
    description: "Requests a second that an organisation may make in the long run, at least 25; 0 for any number",
    secret: false
  },
  {
    name: "RATE_LIMIT_KEY",
    default: "500",
    description: "Requests a second that one key or token may make in the long run, at least 25; 0 for any number",
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

/** R-SCIM-6: 25 requests a second are never limited. */
const PerSecond = Schema.FiniteFromString.check(
  Schema.makeFilter((perSecond) => perSecond === 0 || perSecond >= 25, { message: "must be 0, or 25 or more" })
)

/** The limit of so many a second: bursts of a thousand, or of ten seconds, come at once; none for 0. */
const rateLimit = (perSecond: number): RateLimit | undefined =>
  perSecond === 0 ? undefined : { perSecond, burst: Math.max(1_000, 10 * perSecond) }

/** What the server is told by its environment. */
export const serverConfig = Config.all({
  host: Config.withDefault(Config.String("HOST"), "127.0.0.1"),
  port: Config.withDefault(Config.Port("PORT"), 3000),
  baseDomain: Config.withDefault(Config.String("BASE_DOMAIN"), "localhost"),
  publicUrl: Config.option(Config.String("PUBLIC_URL")),
  extensionUrn: Config.withDefault(Config.String("EXTENSION_URN"), defaultExtensionUserUrn),
  logLevel: Config.withDefault(Config.schema(LogLevel, "LOG_LEVEL"), "info"),
  rateLimitOrganization: Config.withDefault(Config.schema(PerSecond, "RATE_LIMIT_ORGANIZATION"), 1_000),
  rateLimitKey: Config.withDefault(Config.schema(PerSecond, "RATE_LIMIT_KEY"), 500),
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
  readonly rateLimits: RateLimits
  readonly shutdownSeconds: number
  readonly drainSeconds: number
}

/** Reads the configuration; a value that makes no sense fails, naming the variable. */
export const readServerConfig: Effect.Effect<ServerConfig, Config.ConfigError> = Effect.map(
  serverConfig,
  ({ logLevel, publicUrl, rateLimitKey, rateLimitOrganization, ...rest }) => ({
    ...rest,
    rateLimits: { organization: rateLimit(rateLimitOrganization), key: rateLimit(rateLimitKey) },
    publicUrl: Option.getOrUndefined(publicUrl),
    logLevel: levels[logLevel.trim().toLowerCase() as keyof typeof levels]
  })
)
