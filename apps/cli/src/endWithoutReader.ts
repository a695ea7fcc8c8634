/**
 * Ends the program where its output leads nowhere any more: quietly as if it were interrupted where the reader has gone
 * (`| head`), with a line where the output cannot be written, such as on a full disk. What is on its way is finished.
 */
export const endWithoutReader = (): void => {
  let isEnding = false
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isEnding) return
    isEnding = true
    if (error.code !== "EPIPE") process.stderr.write(`The standard output cannot be written: ${error.message}\n`)
    process.kill(process.pid, "SIGTERM")
  })
}
