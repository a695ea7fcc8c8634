import type { AddressSettings } from "@rollcall/domain/organization/ScimBaseUrl"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { Context, type Effect, type Stream } from "effect"
import type { Refused } from "./Refused.ts"

/** A variable of the environment that some part of the program reads. */
export interface EnvironmentVariable {
  readonly name: string
  /** What holds where it is not set; undefined where nothing does. */
  readonly default: string | undefined
  readonly description: string
  /** Whether its value may hold a password. */
  readonly secret: boolean
}

export interface MigrationReport {
  /** Where, fit to be shown: `PostgreSQL at host:5432/rollcall`. */
  readonly database: string
  /** The migrations that ran just now, in order. */
  readonly done: ReadonlyArray<string>
  /** The latest that the database has. */
  readonly version: number
}

export interface MigrationStatus {
  /** Where, fit to be shown, and through which server, if through one. */
  readonly database: string
  /** The latest that the database has; 0 where it has none. */
  readonly version: number
  /** What a server or `rollcall db migrate` would run, in order. */
  readonly pending: ReadonlyArray<string>
}

/** A bar on the terminal, below which nothing is written until it is closed. */
export interface ProgressBar {
  /** `done` from 0 to 1, and what stands beside the bar. */
  show(done: number, text: string): void
  close(): void
}

/** Something that an installation stands on. */
export interface Check {
  readonly name: string
  /** What was found, in a few words; the failure says what is wrong and what to do. */
  readonly run: Effect.Effect<string, Refused>
}

/** What the commands need to know of the program that they are part of; the app that composes it says so. */
export class Installation extends Context.Service<
  Installation,
  {
    /** Every variable that is read, in the order in which they are listed. */
    readonly variables: ReadonlyArray<EnvironmentVariable>
    /** What the addresses of organisations are made of, as the environment says (`addressSettings` also asks a server). */
    readonly address: Effect.Effect<AddressSettings, Refused>
    /** The attributes of people and groups, as the server has them. */
    readonly resourceTypes: Effect.Effect<ResourceTypes, Refused>
    /** By what the bytes of a file are known again (R-CSV-4). */
    fingerprint<E>(bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<string, E>
    /** Opens a bar; undefined where the standard error is no terminal. */
    readonly openBar: Effect.Effect<ProgressBar> | undefined
    /** What `rollcall doctor` looks at, in this order. */
    readonly checks: ReadonlyArray<Check>
    /** Brings the schema of the database up to date. */
    readonly migrate: Effect.Effect<MigrationReport, Refused>
    /** How far the schema is, without a change to it. */
    readonly migrationStatus: Effect.Effect<MigrationStatus, Refused>
  }
>()("@rollcall/cli/Installation") {}
