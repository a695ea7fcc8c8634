import type { Expectation } from "./Comparison.ts"
import { type EntraClient, entraUser } from "./EntraClient.ts"
import { type OktaClient, oktaProfile } from "./OktaClient.ts"

/** What the directory must hold of what each client has sent. */
export const oktaExpectation = (provider: OktaClient): Expectation => ({
  provider,
  profile: oktaProfile,
  manager: ({ managerEmail }) => managerEmail,
  // An address that has led to somebody stays theirs, also where they have another one by now.
  managerId: ({ managerKey = "" }) => provider.idOf(managerKey),
  deletes: false
})

export const entraExpectation = (provider: EntraClient): Expectation => ({
  provider,
  profile: entraUser,
  manager: ({ key }) => provider.managerOf(key),
  managerId: ({ key }) => provider.managerOf(key),
  deletes: true
})
