import type { Suite } from "./Case.ts"
import { entraFixtures } from "./fixtures/entra/Entra.ts"
import { oktaFixtures } from "./fixtures/okta/Okta.ts"
import { otherFixtures } from "./fixtures/others/Others.ts"
import { microsoftGallerySuite } from "./suites/MicrosoftGallery.ts"
import { oktaSpecSuite } from "./suites/OktaSpec.ts"
import { postmanSuite } from "./suites/Postman.ts"
import { scimValidatorSuite } from "./suites/ScimValidator.ts"

/** Everything that is run: what providers send, then the vendors' own conformance tests. */
export const catalogue: ReadonlyArray<Suite> = [
  oktaFixtures,
  entraFixtures,
  otherFixtures,
  oktaSpecSuite,
  microsoftGallerySuite,
  scimValidatorSuite,
  postmanSuite
]
