import { printRecord } from "@rollcall/domain/csv/CsvCell"

export const people = 600

/** Managers before and after their people in the file, groups that come with it, rows that stay out, somebody twice. */
export const file = [
  printRecord(["email", "first_name", "employee_number", "manager", "groups", "start_date"]),
  ...Array.from({ length: people }, (_, n) =>
    printRecord([
      n % 50 === 49 ? "nobody" : `p${n === 500 ? 3 : n}@halden.example`,
      `Person ${n}`,
      `E${n}`,
      `p${(n * 7) % people}@halden.example`,
      `Team ${n % 9};Everybody`,
      n % 40 === 7 ? "31/12/2027" : "01/02/2019"
    ])
  )
].join("")

/** Statements that take the subdomain. All that must be the same, whatever ids and times an import gives. */
export const standing = `
  SELECT u.number, u.resource, u.sources::text AS sources, u.version, u.origin, m.number AS manager, u.manager_pending,
    (SELECT string_agg(g.display_name, ',' ORDER BY g.display_name) FROM membership s JOIN user_group g ON g.id = s.group_id
     WHERE s.user_id = u.id) AS groups
  FROM user_account u LEFT JOIN user_account m ON m.id = u.manager_id
  WHERE u.organization_id = (SELECT organization_id FROM organization_host WHERE subdomain = $1) ORDER BY u.number`

export const linesOfLog = `
  SELECT entry::json ->> 'request' AS request, entry::json ->> 'outcome' AS outcome FROM log_entry
  WHERE organization_id = (SELECT organization_id FROM organization_host WHERE subdomain = $1)
    AND entry::json ->> 'cause' IS NULL AND entry::json ->> 'request' LIKE 'CSV %' ORDER BY sequence`

export const imports = `
  SELECT line::int, (created + updated + unchanged + rejected)::int AS rows, finished_at IS NOT NULL AS finished
  FROM csv_import WHERE organization_id = (SELECT organization_id FROM organization_host WHERE subdomain = $1)`
