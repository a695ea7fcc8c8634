import type { Group, GroupId } from "../group/Group.ts"
import type { GroupType } from "../group/GroupType.ts"
import type { AccessKey } from "../organization/AccessKey.ts"
import type { OAuthClient } from "../organization/OAuthClient.ts"
import type { StandingPasswordLink } from "../user/PasswordLinks.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import type { HeldEndpoint } from "../webhooks/HeldEndpoint.ts"

/** What a decision must know before it can be taken; an adapter loads it for a whole batch at once. */
export interface Needs {
  /** People by id, deleted ones included. */
  readonly users?: ReadonlyArray<UserId>
  /** Who holds a userName, by comparison key. */
  readonly userNames?: ReadonlyArray<string>
  /** Who holds an e-mail as *the email*, by comparison key; also the deleted people who last held it. */
  readonly emails?: ReadonlyArray<string>
  /** Who has a User ID. */
  readonly numbers?: ReadonlyArray<number>
  /** Everybody who has an employee number, by comparison key. */
  readonly employeeNumbers?: ReadonlyArray<string>
  /** Everybody whose manager is not there yet, by the comparison key of the reference (R-MGR-2). */
  readonly waiting?: ReadonlyArray<string>
  /** Everybody who waits for the User IDs that the batch may give out: from the first to the last of them. */
  readonly waitingNumbers?: readonly [first: number, last: number] | undefined
  /** Everybody whose manager a person is. */
  readonly reportsOf?: ReadonlyArray<UserId>
  /** A person, their manager, the manager's manager, and so on to the top (R-MGR-6). */
  readonly chainsOf?: ReadonlyArray<UserId>
  /** Whether people live, without the rest of them. */
  readonly people?: ReadonlyArray<UserId>
  readonly groups?: ReadonlyArray<GroupId>
  /** The groups of that very name. */
  readonly groupNames?: ReadonlyArray<string>
  /** The groups whose name has that comparison key. */
  readonly groupNameKeys?: ReadonlyArray<string>
  /** The groups whose name has that key of near misses, the first hundred of them (R-GROUP-2). */
  readonly groupNearKeys?: ReadonlyArray<string>
  /** All group types. */
  readonly groupTypes?: boolean
  /** All live keys. */
  readonly keys?: boolean
  /** All live OAuth clients, with what they have that is live. */
  readonly oauthClients?: boolean
  /** All webhook endpoints. */
  readonly webhooks?: boolean
  /** All admins of groups. */
  readonly groupAdmins?: ReadonlyArray<GroupId>
  /** The groups that people are admins of, as groups. */
  readonly adminOf?: ReadonlyArray<UserId>
  /** Whether people are members of a group. */
  readonly memberships?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  /** All members of groups. */
  readonly members?: ReadonlyArray<GroupId>
  /** The groups that people are members of, as groups. */
  readonly groupsOf?: ReadonlyArray<UserId>
  /** Links to the password page, by the hashes of their tokens. */
  readonly passwordLinks?: ReadonlyArray<string>
}

/** Joins what several decisions need, each thing once. */
export class NeedsUnion {
  readonly users = new Set<UserId>()
  readonly userNames = new Set<string>()
  readonly emails = new Set<string>()
  readonly numbers = new Set<number>()
  readonly employeeNumbers = new Set<string>()
  readonly waiting = new Set<string>()
  waitingNumbers: readonly [first: number, last: number] | undefined
  readonly reportsOf = new Set<UserId>()
  readonly chainsOf = new Set<UserId>()
  readonly people = new Set<UserId>()
  readonly groups = new Set<GroupId>()
  readonly groupNames = new Set<string>()
  readonly groupNameKeys = new Set<string>()
  readonly groupNearKeys = new Set<string>()
  groupTypes = false
  keys = false
  oauthClients = false
  webhooks = false
  readonly groupAdmins = new Set<GroupId>()
  readonly adminOf = new Set<UserId>()
  readonly memberships = new Map<GroupId, Set<UserId>>()
  readonly members = new Set<GroupId>()
  readonly groupsOf = new Set<UserId>()
  readonly passwordLinks = new Set<string>()

  add(needs: Needs): void {
    for (const id of needs.users ?? []) this.users.add(id)
    for (const key of needs.userNames ?? []) this.userNames.add(key)
    for (const key of needs.emails ?? []) this.emails.add(key)
    for (const number of needs.numbers ?? []) this.numbers.add(number)
    for (const key of needs.employeeNumbers ?? []) this.employeeNumbers.add(key)
    for (const key of needs.waiting ?? []) this.waiting.add(key)
    this.waitingNumbers = needs.waitingNumbers ?? this.waitingNumbers
    for (const id of needs.reportsOf ?? []) this.reportsOf.add(id)
    for (const id of needs.chainsOf ?? []) this.chainsOf.add(id)
    for (const id of needs.people ?? []) this.people.add(id)
    for (const id of needs.groups ?? []) this.groups.add(id)
    for (const name of needs.groupNames ?? []) this.groupNames.add(name)
    for (const key of needs.groupNameKeys ?? []) this.groupNameKeys.add(key)
    for (const key of needs.groupNearKeys ?? []) this.groupNearKeys.add(key)
    this.groupTypes ||= needs.groupTypes === true
    this.keys ||= needs.keys === true
    this.oauthClients ||= needs.oauthClients === true
    this.webhooks ||= needs.webhooks === true
    for (const id of needs.groupAdmins ?? []) this.groupAdmins.add(id)
    for (const id of needs.adminOf ?? []) this.adminOf.add(id)
    for (const [group, users] of needs.memberships ?? []) {
      const known = this.memberships.get(group)
      if (known === undefined) this.memberships.set(group, new Set(users))
      else for (const user of users) known.add(user)
    }
    for (const id of needs.members ?? []) this.members.add(id)
    for (const id of needs.groupsOf ?? []) this.groupsOf.add(id)
    for (const hash of needs.passwordLinks ?? []) this.passwordLinks.add(hash)
  }

  /** Whether anything is asked for that is answered by whole people. */
  get needsPersons(): boolean {
    return (
      this.users.size > 0 ||
      this.userNames.size > 0 ||
      this.emails.size > 0 ||
      this.numbers.size > 0 ||
      this.employeeNumbers.size > 0 ||
      this.waiting.size > 0 ||
      this.waitingNumbers !== undefined ||
      this.reportsOf.size > 0 ||
      this.chainsOf.size > 0
    )
  }

  /**
   * Whether nothing is asked for but who has the userNames and e-mails of newcomers, or waits for them: mostly nobody.
   * Who is asked for by any other key is referred to, as a manager for instance, and mostly there.
   */
  get isOfNewcomers(): boolean {
    return (
      this.userNames.size > 0 &&
      !this.needsOthers &&
      this.users.size === 0 &&
      this.numbers.size === 0 &&
      this.employeeNumbers.size === 0 &&
      this.reportsOf.size === 0 &&
      this.chainsOf.size === 0
    )
  }

  get isEmpty(): boolean {
    return !this.needsPersons && !this.needsOthers
  }

  /** Whether anything is asked for that is not answered by whole people. */
  private get needsOthers(): boolean {
    return (
      this.people.size > 0 ||
      this.groups.size > 0 ||
      this.groupNames.size > 0 ||
      this.groupNameKeys.size > 0 ||
      this.groupNearKeys.size > 0 ||
      this.groupTypes ||
      this.keys ||
      this.oauthClients ||
      this.webhooks ||
      this.groupAdmins.size > 0 ||
      this.adminOf.size > 0 ||
      this.memberships.size > 0 ||
      this.members.size > 0 ||
      this.groupsOf.size > 0 ||
      this.passwordLinks.size > 0
    )
  }
}

/** What an adapter found of a {@link NeedsUnion}: what is not in it does not exist. */
export interface Loaded {
  readonly users?: ReadonlyArray<User>
  /** The displayed names of the managers of those people, as far as they have one. */
  readonly managerNames?: ReadonlyArray<readonly [UserId, string]>
  readonly people?: ReadonlyArray<UserId>
  readonly groups?: ReadonlyArray<Group>
  /** Those besides the default one, in their order. */
  readonly groupTypes?: ReadonlyArray<GroupType>
  readonly keys?: ReadonlyArray<AccessKey>
  readonly oauthClients?: ReadonlyArray<OAuthClient>
  readonly webhooks?: ReadonlyArray<HeldEndpoint>
  readonly groupAdmins?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  readonly adminOf?: ReadonlyArray<readonly [UserId, ReadonlyArray<GroupId>]>
  readonly memberships?: ReadonlyArray<readonly [GroupId, UserId]>
  readonly members?: ReadonlyArray<readonly [GroupId, ReadonlyArray<UserId>]>
  readonly groupsOf?: ReadonlyArray<readonly [UserId, ReadonlyArray<GroupId>]>
  readonly passwordLinks?: ReadonlyArray<StandingPasswordLink>
}
