const givenNames = ["Amara", "Bohdan", "Celine", "Dario", "Eleni", "Farid", "Greta", "Hamish", "Ines", "Jonas"]
const familyNames = ["Abara", "Brandt", "Castellano", "Dvorak", "Eriksen", "Ferreira", "Galanis", "Hoang", "Ilves"]
const titles = ["Analyst", "Buyer", "Controller", "Designer", "Engineer", "Field Technician", "Gardener"]
const departments = ["Accounts", "Back Office", "Customer Care", "Development", "Estates"]

const pick = (names: ReadonlyArray<string>, n: number): string => names[n % names.length] ?? ""

/** The userName of person `n` of a series; unique in the series, already in lower case. */
export const userName = (series: string, n: number): string =>
  `${pick(givenNames, n)}.${pick(familyNames, n)}.${String(n).padStart(6, "0")}@${series}.example.com`.toLowerCase()

/**
 * The SCIM resource of person `n` of a series as JSON text, about 900 bytes, as an identity provider would POST it.
 * ASCII only: the load generator counts characters as bytes.
 */
export const personJson = (series: string, n: number): string => {
  const given = pick(givenNames, n)
  const family = pick(familyNames, n)
  const name = userName(series, n)
  const number = String(n).padStart(6, "0")
  return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"${name}","externalId":"ext-${series}-${number}","name":{"givenName":"${given}","familyName":"${family}","formatted":"${given} ${family}"},"displayName":"${given} ${family}","title":"${pick(titles, n)}","locale":"en-GB","preferredLanguage":"en","active":true,"emails":[{"value":"${name}","type":"work","primary":true}],"phoneNumbers":[{"value":"+44 20 7946 ${number}","type":"work"},{"value":"+44 7700 ${number}","type":"mobile"}],"addresses":[{"type":"work","streetAddress":"${n} Harbour Road","locality":"Millport","region":"Ayrshire","postalCode":"KA28 ${number}","country":"GB"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"E${number}","department":"${pick(departments, n)}","division":"Operations","costCenter":"CC-${n % 97}","organization":"Millport Instruments"}}`
}
