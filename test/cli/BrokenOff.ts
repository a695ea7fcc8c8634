import { Deferred, Effect, Fiber, Layer, Schema, Stream } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { http } from "../../apps/cli/src/Storage.ts"

const Count = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** How a command that imports through a server is broken off. */
export const BreakOff = Schema.Union([
  /** The program is killed with its request of that number: before the server hears of it, or when it has done it. */
  Schema.Struct({ kind: Schema.Literal("request"), at: Count(2, 12), isDone: Schema.Boolean }),
  /** It is killed when it has told of so many events; of its last row so many bytes did not get into the report. */
  Schema.Struct({ kind: Schema.Literal("event"), at: Count(1, 6), torn: Count(0, 60) }),
  /** Somebody presses Ctrl-C when it has told of so many events; killed: at once, while the server is being asked to stop. */
  Schema.Struct({ kind: Schema.Literal("stop"), at: Count(1, 6), killed: Schema.Boolean })
])
export type BreakOff = typeof BreakOff.Type

/** How much of each report comes through at first: nothing, some rows, all of them. */
export const ReportBytes = Count(0, 400_000)

export class Killed extends Error {}

const cutOff = (request: HttpClientRequest.HttpClientRequest) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, description: "cut" })
  })

/**
 * The way to servers, on which every report breaks off behind so many bytes at first, and which ends the program where it is to
 * be killed; `onStopping`: a server was asked to stop, and has said that it will.
 */
export const breakingHttp = (how: BreakOff | undefined, reportBytes: number, onStopping: Effect.Effect<void>) => {
  let asked = 0
  const broken = new Set<string>()
  return Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.transform(client, (effect, request) =>
        Effect.gen(function* () {
          const turn = ++asked
          const isStop = request.url.endsWith("/stop")
          const isLast = how?.kind === "request" ? turn === how.at : how?.kind === "stop" && how.killed && isStop
          if (isLast && how?.kind === "request" && !how.isDone) return yield* Effect.die(new Killed())
          const response = yield* effect
          if (isStop) yield* onStopping
          if (isLast) return yield* Effect.die(new Killed())
          if (!request.url.endsWith("/report/jsonl") || broken.has(request.url)) return response
          broken.add(request.url)
          let left = reportBytes
          const part = Stream.mapEffect(response.stream, (bytes) => {
            if (left <= 0) return Effect.fail(cutOff(request))
            const taken = bytes.subarray(0, left)
            left -= taken.length
            return Effect.succeed(taken)
          })
          return HttpClientResponse.fromWeb(
            request,
            new Response(Stream.toReadableStream(part), { status: response.status, headers: response.headers })
          )
        })
      )
    )
  ).pipe(Layer.provide(http))
}

/** Runs a program, told of the lines that it prints, until it ends or is broken off. */
export const untilBroken = Effect.fnUntraced(function* <A>(
  how: BreakOff | undefined,
  program: (onPrint: (line: string) => void) => Effect.Effect<A>
) {
  let printed = 0
  const reached = yield* Deferred.make<void>()
  const running = yield* Effect.forkChild(
    program((line) => {
      if (how === undefined || how.kind === "request" || !/"event":"(begun|progress)"/.test(line)) return
      if (++printed !== how.at) return
      if (how.kind === "event") throw new Killed()
      Deferred.doneUnsafe(reached, Effect.void)
    })
  )
  const interrupted = yield* Effect.forkChild(
    Effect.andThen(
      Deferred.await(reached),
      Effect.suspend(() => Fiber.interrupt(running))
    )
  )
  yield* Fiber.await(running)
  yield* Fiber.interrupt(interrupted)
})
