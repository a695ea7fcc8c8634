import type { EndpointWrite } from "@rollcall/domain/webhooks/HeldEndpoint"
import { webhookConsumer } from "@rollcall/domain/webhooks/WebhookQueue"
import { Redacted } from "effect"
import { doubles, texts, uuids } from "./ColumnArrays.ts"
import { type Bind, guarded, type Part } from "./WriteParts.ts"

type Written<Tag extends EndpointWrite["_tag"]> = Extract<EndpointWrite, { readonly _tag: Tag }>

const only =
  <Tag extends EndpointWrite["_tag"]>(tag: Tag) =>
  (write: EndpointWrite): write is Written<Tag> =>
    write._tag === tag

/**
 * Writes webhook endpoints. Workers write to the same rows without the organisation's hand: they are locked here first, the
 * endpoint before its place in the feed, as a worker locks them, and what a worker wrote meanwhile stays, such as that it has
 * switched an endpoint off.
 */
export const writeWebhooks = (part: Part, bind: Bind, writes: ReadonlyArray<EndpointWrite>): void => {
  const added = writes.filter(only("Added"))
  const changed = writes.filter(only("Changed"))
  const removed = writes.filter(only("Removed")).map(({ id }) => id)
  if (added.length > 0) addEndpoints(part, bind, added)
  if (changed.length === 0 && removed.length === 0) return
  const known = bind(uuids([...changed.map(({ held }) => held.endpoint.id), ...removed]))
  const locked = part(
    `SELECT e.id, e.position FROM webhook_endpoint e
     WHERE e.organization_id = $1 AND e.id = ANY (${known}) AND ${guarded} ORDER BY e.id FOR UPDATE OF e`
  )
  const switched = (to: "on" | "off") =>
    changed.flatMap((write) => (write.switched === to ? [write.held.endpoint.id] : []))
  const stopped = part(
    `DELETE FROM event_consumer c USING ${locked} AS e
     WHERE c.organization_id = $1 AND c.consumer = 'webhook:' || e.id::text
       AND e.id = ANY (${bind(uuids([...switched("off"), ...removed]))})
     RETURNING e.id, c.position`
  )
  if (removed.length > 0) {
    const ids = bind(uuids(removed))
    part(
      `DELETE FROM webhook_endpoint w USING ${locked} AS e WHERE w.organization_id = $1 AND w.id = e.id AND e.id = ANY (${ids})`
    )
  }
  if (changed.length > 0) changeEndpoints(part, bind, changed, { locked, stopped, started: switched("on") })
}

/** The columns of what an admin says of endpoints, of their state and of their secrets. */
const columnsOf = (bind: Bind, writes: ReadonlyArray<Written<"Added" | "Changed">>) => {
  const column = (type: "text" | "float8", read: (write: (typeof writes)[number]) => string | number | null) =>
    `${bind((type === "text" ? texts : doubles)(writes.map(read)))}::${type}[]`
  const off = ({ held: { endpoint } }: (typeof writes)[number]) =>
    endpoint.state._tag === "Disabled" ? endpoint.state : undefined
  return [
    `${bind(uuids(writes.map(({ held }) => held.endpoint.id)))}::uuid[]`,
    column("text", ({ held }) => held.endpoint.url),
    column("text", ({ held }) => held.endpoint.description),
    column("text", ({ held: { endpoint } }) => (endpoint.types === null ? null : JSON.stringify(endpoint.types))),
    column("text", (write) => off(write)?.reason ?? null),
    column("float8", (write) => off(write)?.since ?? null),
    column("text", ({ held }) => Redacted.value(held.secrets.current)),
    column("text", ({ held: { secrets } }) =>
      secrets.previous === undefined ? null : Redacted.value(secrets.previous.secret)
    ),
    column("float8", ({ held }) => held.secrets.previous?.until ?? null)
  ].join(", ")
}

const columnNames = "id, url, description, types, reason, since, secret, previous_secret, previous_until"

/** An endpoint is sent what happens after it was made; switched off in the same batch it has no place in the feed. */
const addEndpoints = (part: Part, bind: Bind, added: ReadonlyArray<Written<"Added">>): void => {
  const positions = bind(doubles(added.map(({ held }) => held.position)))
  part(
    `INSERT INTO webhook_endpoint (organization_id, id, url, description, types, state, disabled_reason, disabled_at,
       position, secret, previous_secret, previous_until, created_at)
     SELECT $1, id, url, description, types::jsonb, CASE WHEN reason IS NULL THEN 'enabled' ELSE 'disabled' END, reason,
       to_timestamp(since / 1000), CASE WHEN reason IS NOT NULL THEN position END, secret, previous_secret,
       to_timestamp(previous_until / 1000), to_timestamp(created_at / 1000)
     FROM unnest(${columnsOf(bind, added)}, ${positions}::float8[],
       ${bind(doubles(added.map(({ held }) => held.endpoint.createdAt)))}::float8[])
       AS line (${columnNames}, position, created_at) WHERE ${guarded}`
  )
  const enabled = added.filter(({ held }) => held.endpoint.state._tag === "Enabled")
  if (enabled.length === 0) return
  part(
    `INSERT INTO event_consumer (organization_id, consumer, position) SELECT $1, consumer, position
     FROM unnest(${bind(texts(enabled.map(({ held }) => webhookConsumer(held.endpoint.id))))}::text[],
       ${bind(doubles(enabled.map(({ held }) => held.position)))}::float8[]) AS line (consumer, position)
     WHERE ${guarded}`
  )
}

interface Places {
  /** The parts with the endpoints' rows, and with the places in the feed that are given up. */
  readonly locked: string
  readonly stopped: string
  readonly started: ReadonlyArray<string>
}

/** Switched on an endpoint goes on where it stopped, with its health new. */
const changeEndpoints = (
  part: Part,
  bind: Bind,
  changed: ReadonlyArray<Written<"Changed">>,
  { locked, started, stopped }: Places
): void => {
  part(
    `UPDATE webhook_endpoint w SET url = line.url, description = line.description, types = line.types::jsonb,
       secret = line.secret, previous_secret = line.previous_secret,
       previous_until = to_timestamp(line.previous_until / 1000),
       state = CASE line.switched WHEN 'on' THEN 'enabled' WHEN 'off' THEN 'disabled' ELSE w.state END,
       disabled_reason = CASE WHEN line.switched IS NULL THEN w.disabled_reason ELSE line.reason END,
       disabled_at = CASE WHEN line.switched IS NULL THEN w.disabled_at ELSE to_timestamp(line.since / 1000) END,
       position = CASE line.switched WHEN 'on' THEN NULL WHEN 'off' THEN coalesce(s.position, w.position)
         ELSE w.position END,
       failures = CASE WHEN line.switched = 'on' THEN 0 ELSE w.failures END,
       failing_since = CASE WHEN line.switched = 'on' THEN NULL ELSE w.failing_since END,
       rest_until = CASE WHEN line.switched = 'on' THEN NULL ELSE w.rest_until END,
       last_delivered_at = CASE WHEN line.switched = 'on' THEN NULL ELSE w.last_delivered_at END,
       revision = w.revision + 1, wake_at = to_timestamp(line.at / 1000)
     FROM unnest(${columnsOf(bind, changed)}, ${bind(texts(changed.map(({ switched }) => switched ?? null)))}::text[],
       ${bind(doubles(changed.map(({ at }) => at)))}::float8[])
       AS line (${columnNames}, switched, at) JOIN ${locked} AS e ON e.id = line.id LEFT JOIN ${stopped} AS s ON s.id = line.id
     WHERE w.organization_id = $1 AND w.id = line.id`
  )
  if (started.length === 0) return
  part(
    `INSERT INTO event_consumer (organization_id, consumer, position)
     SELECT $1, 'webhook:' || e.id::text, e.position FROM ${locked} AS e WHERE e.id = ANY (${bind(uuids(started))})`
  )
}
