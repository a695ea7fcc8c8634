import { Effect, Exit, PubSub, RcMap, type Scope, Stream } from "effect"
import { DirectoryBusy } from "../directory/Directory.ts"
import type { OrganizationId } from "../organization/Organization.ts"
import type { StoreUnavailable } from "../StoreUnavailable.ts"
import { type ImportUpload, type ImportUploadId, isOpen } from "./ImportUpload.ts"
import type { ImportUploads } from "./ImportUploads.ts"

/** So often it is looked for progress, and so often it is told without any, in milliseconds. */
const lookPause = 300
const quietTime = 15_000

/** So many may follow files of one organisation at once here: each holds a connection. */
export const mostFollowers = 50

/** After so many seconds whoever found no place may ask again. */
const retryAfter = 5

type News = Exit.Exit<ImportUpload | undefined, StoreUnavailable>

/** Files that somebody follows. */
export interface FollowedUploads {
  /**
   * The file as it stands, and again whenever it is further, until its task is at its end or it is gone; the same after a
   * while, so that nobody in between thinks the line dead. A place is taken as long as the stream runs.
   */
  follow(
    organization: OrganizationId,
    id: ImportUploadId
  ): Effect.Effect<Stream.Stream<ImportUpload, StoreUnavailable>, DirectoryBusy>
}

/** However many follow a file here, one looks for all of them; nobody looks for a file that nobody follows. */
export const makeFollowedUploads = Effect.fnUntraced(function* (
  uploads: ImportUploads["Service"],
  stopping: Effect.Effect<unknown>
): Effect.fn.Return<FollowedUploads, never, Scope.Scope> {
  const followers = new Map<OrganizationId, number>()
  const seat = (organization: OrganizationId, change: 1 | -1) =>
    Effect.sync(() => {
      const count = (followers.get(organization) ?? 0) + change
      if (count > 0) followers.set(organization, count)
      else followers.delete(organization)
    })

  const looking = yield* RcMap.make({
    lookup: Effect.fnUntraced(function* ({ id, organization }: { organization: OrganizationId; id: ImportUploadId }) {
      // Each is told of a state: of a slow one that misses some, the last is still to come.
      const news = yield* PubSub.sliding<News>(4)
      let told = toldOf(yield* Effect.exit(uploads.find(organization, id)))
      let quiet = 0
      const look = Effect.gen(function* () {
        yield* Effect.sleep(lookPause)
        const now = yield* Effect.exit(uploads.find(organization, id))
        quiet += lookPause
        if (toldOf(now) === told && quiet < quietTime) return
        told = toldOf(now)
        quiet = 0
        yield* PubSub.publish(news, now)
      })
      yield* Effect.forkScoped(Effect.forever(look))
      return news
    })
  })

  const told = (organization: OrganizationId, id: ImportUploadId) =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(seat(organization, 1), () => seat(organization, -1))
      const news = yield* PubSub.subscribe(yield* RcMap.get(looking, { organization, id }))
      // What comes between this and the next look is told then.
      const first = yield* uploads.find(organization, id)
      if (first === undefined) return Stream.empty
      if (isOver(first)) return Stream.make(first)
      const later = Stream.fromSubscription(news).pipe(
        Stream.mapEffect((exit) => exit),
        Stream.takeWhile((upload) => upload !== undefined),
        Stream.takeUntil(isOver)
      )
      return Stream.concat(Stream.make(first), later)
    })

  return {
    follow: (organization, id) =>
      Effect.suspend(() =>
        (followers.get(organization) ?? 0) >= mostFollowers
          ? Effect.fail(new DirectoryBusy({ retryAfter }))
          : Effect.succeed(Stream.interruptWhen(Stream.unwrap(told(organization, id)), stopping))
      )
  }
})

/** Nothing more will come of it by itself. */
const isOver = ({ task }: ImportUpload): boolean => task !== undefined && !isOpen(task)

/** What somebody who follows is told anew; of a failure and of a file that is gone, nothing is the same. */
const toldOf = (news: News): string =>
  Exit.isSuccess(news) && news.value !== undefined ? JSON.stringify([news.value.received, news.value.task]) : ""
