import type { ProgressBar } from "@rollcall/cli/Installation"
import { Presets, SingleBar } from "cli-progress"
import { Effect } from "effect"

/** A bar on the standard error, so that the standard output has the result alone; undefined where that is no terminal. */
export const openBar: Effect.Effect<ProgressBar> | undefined = process.stderr.isTTY
  ? Effect.sync(() => {
      const bar = new SingleBar(
        {
          stream: process.stderr,
          format: "{bar} {percentage} % | {text}",
          hideCursor: true,
          clearOnComplete: false,
          // The text is cut where the line ends: one that wraps could not be drawn over.
          linewrap: false,
          fps: 10
        },
        Presets.shades_classic
      )
      bar.start(100, 0, { text: "" })
      return {
        show: (done, text) => bar.update(Math.min(100, Math.floor(done * 100)), { text }),
        close: () => bar.stop()
      }
    })
  : undefined
