import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Webhook endpoints and what became of each event on its way to them (R-API-3). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  // While it is enabled its position is in event_consumer, under webhook:<id>, where it holds events back from being
  // removed; while it is disabled here, where it holds back nothing. types: null for all.
  // wake_at: when there is something to do besides new events; a claim moves it to the end of its lease.
  `CREATE TABLE webhook_endpoint (
    organization_id uuid NOT NULL REFERENCES organization (organization_id),
    id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    types jsonb,
    state text NOT NULL CHECK (state IN ('enabled', 'disabled')),
    disabled_reason text CHECK (disabled_reason IN ('admin', 'gone', 'failing')),
    disabled_at timestamptz,
    position bigint,
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    rest_until timestamptz,
    last_delivered_at timestamptz,
    revision bigint NOT NULL DEFAULT 0,
    wake_at timestamptz,
    is_full boolean NOT NULL DEFAULT false,
    claim_token uuid,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL AND disabled_at IS NOT NULL AND position IS NOT NULL)),
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
  ) WITH (fillfactor = 50)`,
  // due_at: when it may be attempted, set while it has not ended. lanes: numbers of whom the event is about.
  `CREATE TABLE webhook_delivery (
    organization_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    lanes integer[] NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'failed', 'delivered', 'dead')),
    owed_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    first_attempt_at timestamptz,
    last_attempt_at timestamptz,
    due_at timestamptz CHECK ((due_at IS NOT NULL) = (state IN ('pending', 'failed'))),
    ended_at timestamptz CHECK ((ended_at IS NULL) = (state IN ('pending', 'failed'))),
    status integer,
    error text,
    PRIMARY KEY (organization_id, endpoint_id, sequence),
    FOREIGN KEY (organization_id, endpoint_id) REFERENCES webhook_endpoint (organization_id, id) ON DELETE CASCADE
  ) WITH (fillfactor = 70)`,
  `CREATE INDEX webhook_delivery_owed ON webhook_delivery (organization_id, endpoint_id, sequence)
    WHERE due_at IS NOT NULL`,
  "CREATE INDEX webhook_delivery_by_state ON webhook_delivery (organization_id, endpoint_id, state, sequence)",
  `CREATE INDEX webhook_delivery_ended ON webhook_delivery (organization_id, state, ended_at)
    WHERE ended_at IS NOT NULL`,
  "ALTER TABLE webhook_endpoint ALTER COLUMN organization_id SET STATISTICS 0",
  "ALTER TABLE webhook_delivery ALTER COLUMN organization_id SET STATISTICS 0"
]
