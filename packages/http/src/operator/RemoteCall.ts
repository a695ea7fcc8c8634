import { StoreUnavailable } from "@rollcall/domain/StoreUnavailable"
import { Effect, Schema, Stream } from "effect"
import { type RpcClient, RpcClientError } from "effect/rpc"

/** A client of a group of calls; the way to the server may fail besides what each call fails with. */
export type RemoteClient<Group> = RpcClient.FromGroup<Group, RpcClientError.RpcClientError>

const isLost = Schema.is(RpcClientError.RpcClientError)

/** A call's answer. A server that does not answer is storage that cannot be reached. */
export const answered = <A, E, R>(
  operation: string,
  call: Effect.Effect<A, E | RpcClientError.RpcClientError, R>
): Effect.Effect<A, E | StoreUnavailable, R> =>
  Effect.catch(
    call,
    (error): Effect.Effect<never, E | StoreUnavailable> =>
      isLost(error) ? new StoreUnavailable({ operation: `${operation}, through the server` }) : Effect.fail(error)
  )

/** An answer that comes in parts; broken off in the middle it fails too. */
export const answeredStream = <A, E, R>(
  operation: string,
  call: Stream.Stream<A, E | RpcClientError.RpcClientError, R>
): Stream.Stream<A, E | StoreUnavailable, R> =>
  Stream.catch(
    call,
    (error): Stream.Stream<never, E | StoreUnavailable> =>
      Stream.fail(isLost(error) ? new StoreUnavailable({ operation: `${operation}, through the server` }) : error)
  )
