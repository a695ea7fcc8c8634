import { ConfigProvider, Effect, Layer } from "effect"
import { installation } from "../../apps/cli/src/Composition.ts"
import { http, stores } from "../../apps/cli/src/Storage.ts"
import { capturedRun } from "../../apps/cli/test/CapturedRun.ts"
import {
  type CommandResult,
  type CreatedOrganization,
  creationArguments,
  creationResult,
  type NewOrganization
} from "./RollcallCli.ts"

const environment = (env: Readonly<Record<string, string>>) => ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))

/**
 * Runs the `rollcall` program as `rollcall` of RollcallCli.ts does, composed of the same parts, but in this process, which
 * takes a twentieth of the computing. That the program works as a process of its own, Program.test.ts tells.
 */
export const rollcallHere = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Promise<CommandResult> =>
  Effect.runPromise(
    Effect.provide(capturedRun({ version: "0.1.0", http, installation, stores })(...args), environment(env))
  )

/**
 * Makes organisations by `rollcall org create`, in this process and with the database opened once: opening the embedded
 * one anew for each would take longer than all else together.
 */
export const createOrganizations = (
  env: Readonly<Record<string, string>>,
  organizations: ReadonlyArray<NewOrganization>
): Promise<ReadonlyArray<CreatedOrganization>> =>
  Effect.gen(function* () {
    const opened = Layer.succeedContext(yield* Layer.build(stores))
    const run = capturedRun({ version: "0.1.0", http, installation, stores: opened })
    return yield* Effect.forEach(organizations, (organization) => {
      const args = creationArguments(organization)
      return Effect.map(run(...args), (result) => creationResult(args, result))
    })
  }).pipe(Effect.scoped, Effect.provide(environment(env)), Effect.runPromise)

/** One organisation. */
export const createOrganizationHere = async (
  env: Readonly<Record<string, string>>,
  organization: NewOrganization
): Promise<CreatedOrganization> => {
  const [created] = await createOrganizations(env, [organization])
  if (created === undefined) throw new Error(`${organization.subdomain} was not made`)
  return created
}
