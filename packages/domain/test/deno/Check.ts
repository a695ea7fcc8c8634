declare const Deno: { test(name: string, run: () => void | Promise<void>): void }

/** Fails unless both sides have the same JSON. */
export const equal = (actual: unknown, expected: unknown): void => {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

/** Registers a test with Deno's own runner: Vitest does not run there, so these files need nothing but the domain. */
export const test = (name: string, run: () => void | Promise<void>): void => Deno.test(name, run)
