import type { Attribute } from "../scim/Attribute.ts"
import { ElementIndex, sameValue } from "../scim/ElementIndex.ts"
import { isJsonObject, type Json, ownMember } from "../scim/Json.ts"

/**
 * Which elements a `remove` with a list of them means (WIRE F.8, B.10: Entra and JumpCloud remove members so, where the
 * RFC would empty the attribute). A listed element with a `value` means the element that is the same value, see
 * {@link ElementIndex}; one without means the elements that have all its sub-attributes.
 */
export const isListed = (attribute: Attribute, listed: ReadonlyArray<Json>): ((element: Json) => boolean) => {
  const index = new ElementIndex(attribute, listed)
  const others = listed.filter(isJsonObject).filter((item) => ownMember(item, "value") === undefined)
  const subAttributes = attribute.subAttributes ?? []
  return (element) =>
    index.find(element) >= 0 ||
    others.some(
      (item) =>
        isJsonObject(element) &&
        subAttributes.every((sub) => {
          const wanted = ownMember(item, sub.name)
          return wanted === undefined || sameValue(sub, wanted, ownMember(element, sub.name))
        })
    )
}
