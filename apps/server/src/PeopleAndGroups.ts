import { GroupReading } from "@rollcall/domain/group/GroupReading"
import { GroupsByHand } from "@rollcall/domain/group/GroupsByHand"
import { GroupTypesByHand } from "@rollcall/domain/group/GroupTypesByHand"
import type { ResourceTypes } from "@rollcall/domain/scim/ResourceTypes"
import { AccessCheck } from "@rollcall/domain/user/AccessCheck"
import { PasswordCheck } from "@rollcall/domain/user/PasswordCheck"
import { PeopleByHand } from "@rollcall/domain/user/PeopleByHand"
import { PeopleReading } from "@rollcall/domain/user/PeopleReading"
import { UserMatching } from "@rollcall/domain/user/UserMatching"
import * as GroupMemberStore from "@rollcall/sql/GroupMemberStore"
import * as GroupTypeStore from "@rollcall/sql/GroupTypeStore"
import * as PasswordAttemptStore from "@rollcall/sql/PasswordAttemptStore"
import * as PeopleLookupStore from "@rollcall/sql/PeopleLookupStore"
import * as PeopleSearchStore from "@rollcall/sql/PeopleSearchStore"
import { Layer } from "effect"

/** What the Public API does with people, groups and group types, and the access check (R-API-1, R-API-2). */
export const layerPeopleAndGroups = (types: ResourceTypes) =>
  Layer.mergeAll(GroupsByHand.layer(types), PeopleByHand.layer(types), GroupTypesByHand.layer, AccessCheck.layer).pipe(
    Layer.provideMerge(GroupReading.layer(types)),
    Layer.provideMerge(PeopleReading.layer(types)),
    Layer.provide(Layer.mergeAll(UserMatching.layer, PasswordCheck.layer)),
    Layer.provide(
      Layer.mergeAll(
        GroupMemberStore.layer,
        GroupTypeStore.layer,
        PasswordAttemptStore.layer,
        PeopleLookupStore.layer,
        PeopleSearchStore.layer
      )
    )
  )
