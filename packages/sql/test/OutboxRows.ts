import { presets } from "@rollcall/domain/organization/Settings"
import { Clock, Effect, Layer } from "effect"
import { OutboxProbe } from "../../domain/test/contract/OutboxProbe.ts"
import { doubles, texts } from "../src/directory/ColumnArrays.ts"
import { WriteSql } from "../src/WriteSql.ts"

const saveOrganization = `
  INSERT INTO organization (organization_id, subdomain, name, time_zone, single_sign_on, scim_enabled, settings,
    created_at)
  VALUES ($1::uuid, $2, $3, 'UTC', $4::jsonb, true, $5::jsonb, to_timestamp(0))
  ON CONFLICT (organization_id) DO UPDATE SET name = excluded.name, single_sign_on = excluded.single_sign_on`

const savePerson = `
  INSERT INTO user_account (organization_id, id, number, resource, search, sources, origin, user_name_key, version,
    created_at, last_modified_at, deleted_at)
  SELECT $1::uuid, $2::uuid, (SELECT count(*) + 1 FROM user_account WHERE organization_id = $1::uuid), $3, '{}', '{}',
    'scim', $2, 1, to_timestamp(0), to_timestamp(0), CASE WHEN $4 THEN to_timestamp(0) END
  ON CONFLICT (organization_id, id) DO UPDATE SET resource = excluded.resource, deleted_at = excluded.deleted_at`

const writeEvents = `
  WITH numbered AS (
    UPDATE organization SET event_sequence = event_sequence + cardinality($2::text[]),
      revision = revision + 1 WHERE organization_id = $1::uuid
    RETURNING event_sequence - cardinality($2::text[]) AS before
  )
  INSERT INTO event (organization_id, sequence, at, type, data)
  SELECT $1::uuid, numbered.before + place, to_timestamp($5::float8 / 1000), type, data
  FROM numbered, unnest($2::text[], $3::text[], $4::float8[]) AS line (type, data, place)`

/** The rows behind the tests of what consumes events. */
export const layerOutboxProbe: Layer.Layer<OutboxProbe, never, WriteSql> = Layer.effect(
  OutboxProbe,
  Effect.map(WriteSql, (sql) => {
    const run = (text: string, params: ReadonlyArray<unknown>) => Effect.orDie(Effect.asVoid(sql.unsafe(text, params)))
    return OutboxProbe.of({
      saveOrganization: ({ id, name, singleSignOn, subdomain }) =>
        run(saveOrganization, [id, subdomain, name, JSON.stringify(singleSignOn), JSON.stringify(presets.product)]),
      savePerson: (organization, id, { attributes, deleted = false }) =>
        run(savePerson, [organization, id, JSON.stringify(attributes), deleted]),
      happen: (organization, events) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          run(writeEvents, [
            organization,
            texts(events.map(({ type }) => type)),
            texts(events.map(({ type: _, ...data }) => JSON.stringify(data))),
            doubles(events.map((_, i) => i + 1)),
            now
          ])
        )
    })
  })
)
