import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** How far each consumer has read the events, and the e-mails that are owed because of them (R-MAIL-3). */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

const statements = [
  `CREATE TABLE event_consumer (
    organization_id uuid NOT NULL,
    consumer text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (organization_id, consumer)
  ) WITH (fillfactor = 50)`,
  // due_at: when somebody looks at it next, set while pending or failed; a claim moves it to the end of its lease.
  `CREATE TABLE outbox_mail (
    organization_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL,
    occasion text NOT NULL CHECK (occasion IN ('welcome', 'startDay', 'welcomeBack', 'passwordReset')),
    state text NOT NULL CHECK (state IN ('pending', 'failed', 'sent', 'givenUp', 'kept', 'withdrawn')),
    message_id text NOT NULL,
    recipient text,
    owed_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    first_attempt_at timestamptz,
    last_attempt_at timestamptz,
    due_at timestamptz CHECK ((due_at IS NOT NULL) = (state IN ('pending', 'failed'))),
    ended_at timestamptz,
    error text,
    claim_token uuid,
    PRIMARY KEY (organization_id, key)
  ) WITH (fillfactor = 70)`,
  "CREATE INDEX outbox_mail_due ON outbox_mail (organization_id, due_at, key) WHERE due_at IS NOT NULL",
  "CREATE INDEX outbox_mail_owed ON outbox_mail (organization_id, owed_at, key)",
  "CREATE INDEX outbox_mail_by_state ON outbox_mail (organization_id, state, owed_at, key)",
  "CREATE INDEX outbox_mail_by_user ON outbox_mail (organization_id, user_id, owed_at, key)",
  "ALTER TABLE outbox_mail ALTER COLUMN organization_id SET STATISTICS 0"
]
