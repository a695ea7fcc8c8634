import { Arbitrary } from "effect"

/**
 * The same random values in every run, so that a run fails because of a change and not by chance. `PROPERTY_SEED` and
 * `PROPERTY_RUNS` go looking for others; a failure prints the token that replays it.
 */
const { PROPERTY_RUNS, PROPERTY_SEED = "20261123" } = process.env

Arbitrary.configureGlobal({
  check: { seed: PROPERTY_SEED, ...(PROPERTY_RUNS === undefined ? {} : { runs: Number(PROPERTY_RUNS) }) }
})
