import { spawn } from "node:child_process"
import { assert, it, onTestFinished } from "vitest"
import { endLeftOver, noteStarted } from "./StartedProcesses.ts"

/** No process has this number (Linux: 4,194,304 is the most), so no run of tests is meant. */
const RUN = 5_000_000

it("at the end of a run what a test has left behind is killed, and what has ended or was never noted is not", async () => {
  const start = () => {
    const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], {
      detached: true,
      stdio: "ignore"
    })
    onTestFinished(() => {
      child.kill("SIGKILL")
    })
    const signal = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)))
    return { child, signal, pid: child.pid ?? 0 }
  }
  const [left, ended, stranger] = [start(), start(), start()]
  noteStarted(left.pid, RUN)
  const note = noteStarted(ended.pid, RUN)
  note()
  assert.deepStrictEqual(endLeftOver(RUN), [left.pid])
  assert.strictEqual(await left.signal, "SIGKILL")
  for (const { child } of [ended, stranger]) assert.deepStrictEqual([child.exitCode, child.signalCode], [null, null])
  assert.deepStrictEqual(endLeftOver(RUN), [])
})
