import { spawn } from "node:child_process"
import { assert, it } from "vitest"
import { cleanEnvironment, ROOT } from "../support/Environment.ts"

it("the rollcall program ends without a word, and not with 0, where nobody reads what it prints", async () => {
  const child = spawn(process.execPath, ["apps/cli/src/main.ts", "--help"], {
    cwd: ROOT,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"]
  })
  // Its end of the pipe is closed before the program has come so far as to write.
  child.stdout.destroy()
  let complaints = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text
  })
  const ended = await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve(signal ?? code))
  })
  assert.strictEqual(complaints, "")
  assert.include([130, "SIGTERM"], ended)
}, 60_000)
