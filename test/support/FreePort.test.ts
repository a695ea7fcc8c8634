import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { assert, it } from "vitest"
import { cleanEnvironment } from "./Environment.ts"

const run = promisify(execFile)

/** As many as a process of the tests draws at most, and some more. */
const COUNT = 120

it("processes that draw ports at the same time, and use none of them yet, draw different ones", async () => {
  const program = `
    import { freePort } from ${JSON.stringify(new URL("FreePort.ts", import.meta.url).href)}
    const ports = await Promise.all(Array.from({ length: ${COUNT} }, freePort))
    console.log(JSON.stringify(ports))
    // Ended by the test, when all have drawn.
    process.stdin.resume()`
  const drawing = [1, 2, 3].map(() => {
    const running = run(process.execPath, ["--input-type=module", "--eval", program], { env: cleanEnvironment() })
    const { child } = running
    const drawn = new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()))
    return { running, drawn: Promise.race([drawn, running]), end: () => child.stdin?.end() }
  })
  try {
    await Promise.all(drawing.map(({ drawn }) => drawn))
  } finally {
    for (const { end } of drawing) end()
  }
  const printed = await Promise.all(drawing.map(({ running }) => running))
  const ports = printed.flatMap(({ stdout }): ReadonlyArray<number> => JSON.parse(stdout))
  assert.lengthOf(ports, drawing.length * COUNT)
  assert.lengthOf([...new Set(ports)], ports.length)
})
