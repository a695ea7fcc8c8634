import { waitingKey } from "../user/ManagerLink.ts"
import type { MatchingView } from "../user/matchReference.ts"
import type { User } from "../user/User.ts"
import type { UserId } from "../user/UserId.ts"
import { coreText, type UserKeys, userKeys } from "../user/UserKeys.ts"
import type { Loaded, Needs, NeedsUnion } from "./Needs.ts"

/** People found by a key that several can share, and the keys for which everybody is known. */
class SharedKeys<Key> {
  private readonly holders = new Map<Key, Set<UserId>>()
  private readonly complete = new Set<Key>()

  add(key: Key | undefined, user: UserId): void {
    if (key === undefined) return
    const users = this.holders.get(key)
    if (users === undefined) this.holders.set(key, new Set([user]))
    else users.add(user)
  }

  remove(key: Key | undefined, user: UserId): void {
    if (key !== undefined) this.holders.get(key)?.delete(user)
  }

  completed(keys: Iterable<Key>): void {
    for (const key of keys) this.complete.add(key)
  }

  unknown(keys: ReadonlyArray<Key> | undefined): ReadonlyArray<Key> {
    return keys === undefined || keys.length === 0 ? [] : keys.filter((key) => !this.complete.has(key))
  }

  of(key: Key): Iterable<UserId> {
    return this.holders.get(key) ?? []
  }
}

/** The parts of {@link Needs} that are about people. */
export type PeopleNeeds = Pick<
  Needs,
  | "users"
  | "userNames"
  | "emails"
  | "numbers"
  | "employeeNumbers"
  | "waiting"
  | "waitingNumbers"
  | "reportsOf"
  | "chainsOf"
  | "people"
>

/**
 * The people a batch knows of: what was loaded, and over it what the batch's earlier commands made of it. Something
 * never loaded is unknown; something that was looked for and not found does not exist.
 */
export class KnownPeople implements MatchingView {
  private readonly users = new Map<UserId, User | null>()
  private readonly keys = new Map<UserId, UserKeys>()
  private readonly userNames = new Map<string, UserId | null>()
  private readonly emails = new Map<string, UserId | null>()
  private readonly numbers = new Map<number, UserId | null>()
  /** Everybody deleted who last had an email. */
  private readonly deletedEmails = new Map<string, Map<UserId, User>>()
  private readonly employeeNumbers = new SharedKeys<string>()
  private readonly waiting = new SharedKeys<string>()
  private waitingNumbers: readonly [first: number, last: number] | undefined
  private readonly reports = new SharedKeys<UserId>()
  private readonly chains = new Set<UserId>()
  private readonly managerNames = new Map<UserId, string>()
  private readonly people = new Map<UserId, boolean>()

  /** Takes in what an adapter found; what the batch already changed counts over what was loaded. */
  load(needs: NeedsUnion, loaded: Loaded): void {
    for (const user of loaded.users ?? []) if (!this.users.has(user.id)) this.take(user, true)
    for (const id of loaded.people ?? []) if (!this.people.has(id)) this.people.set(id, true)
    for (const [id, name] of loaded.managerNames ?? []) this.managerNames.set(id, name)
    for (const id of needs.users) if (!this.users.has(id)) this.users.set(id, null)
    for (const key of needs.userNames) if (!this.userNames.has(key)) this.userNames.set(key, null)
    for (const key of needs.emails) if (!this.emails.has(key)) this.emails.set(key, null)
    for (const number of needs.numbers) if (!this.numbers.has(number)) this.numbers.set(number, null)
    for (const id of needs.people) if (!this.people.has(id)) this.people.set(id, false)
    this.employeeNumbers.completed(needs.employeeNumbers)
    this.waiting.completed(needs.waiting)
    this.waitingNumbers = needs.waitingNumbers ?? this.waitingNumbers
    this.reports.completed(needs.reportsOf)
    for (const id of needs.chainsOf) this.chains.add(id)
  }

  /** What of `needs` is still unknown; undefined where everything is known. */
  unknown(needs: PeopleNeeds): PeopleNeeds | undefined {
    const users = needs.users?.filter((id) => !this.users.has(id)) ?? []
    const userNames = needs.userNames?.filter((key) => !this.userNames.has(key)) ?? []
    const emails = needs.emails?.filter((key) => !this.emails.has(key)) ?? []
    const numbers = needs.numbers?.filter((number) => !this.numbers.has(number)) ?? []
    const employeeNumbers = this.employeeNumbers.unknown(needs.employeeNumbers)
    const waiting = this.waiting.unknown(needs.waiting)
    const waitingNumbers = this.waitingNumbers === undefined ? needs.waitingNumbers : undefined
    const reportsOf = this.reports.unknown(needs.reportsOf)
    const chainsOf = needs.chainsOf?.filter((id) => !this.chains.has(id)) ?? []
    const people = needs.people?.filter((id) => !this.people.has(id)) ?? []
    const some =
      waitingNumbers !== undefined ||
      [users, userNames, emails, numbers, employeeNumbers, waiting, reportsOf, chainsOf, people].some(
        (list) => list.length > 0
      )
    return some
      ? {
          users,
          userNames,
          emails,
          numbers,
          employeeNumbers,
          waiting,
          waitingNumbers,
          reportsOf,
          chainsOf,
          people
        }
      : undefined
  }

  /** The living person of that id. */
  user(id: UserId): User | undefined {
    const user = this.users.get(id)
    return user == null || user.deletedAt !== undefined ? undefined : user
  }

  isKnown(id: UserId): boolean {
    return this.users.has(id)
  }

  /** Whether there is a record of that id, living or deleted. */
  isKept(id: UserId): boolean {
    return this.users.get(id) != null
  }

  userNameHolder(key: string): User | undefined {
    return this.holder(this.userNames.get(key))
  }

  emailHolder(key: string): User | undefined {
    return this.holder(this.emails.get(key))
  }

  numberHolder(number: number): User | undefined {
    return this.holder(this.numbers.get(number))
  }

  private holder(id: UserId | null | undefined): User | undefined {
    return id == null ? undefined : this.user(id)
  }

  employeeNumberHolders(key: string): ReadonlyArray<User> {
    return this.living(this.employeeNumbers.of(key))
  }

  /** Everybody whose manager is to be whom the reference of that key names, in the order of their User IDs. */
  waitingFor(key: string): ReadonlyArray<User> {
    return this.living(this.waiting.of(key))
  }

  /** Everybody whose manager the person is, in the order of their User IDs. */
  reportsOf(id: UserId): ReadonlyArray<User> {
    return this.living(this.reports.of(id))
  }

  /** The displayed name of a person who is somebody's manager, where it is known. */
  nameOf(id: UserId): string | undefined {
    const user = this.user(id)
    return user === undefined ? this.managerNames.get(id) : displayedName(user)
  }

  private living(ids: Iterable<UserId>): ReadonlyArray<User> {
    return [...ids].flatMap((id) => this.user(id) ?? []).sort((left, right) => left.number - right.number)
  }

  /** Of the deleted people who last had that email the one deleted last (R-USER-8), the younger account in doubt. */
  deletedEmailHolder(key: string): User | undefined {
    let last: User | undefined
    for (const user of this.deletedEmails.get(key)?.values() ?? []) {
      const later = (user.deletedAt ?? 0) - (last?.deletedAt ?? 0)
      if (last === undefined || later > 0 || (later === 0 && user.number > last.number)) last = user
    }
    return last
  }

  isPerson(id: UserId): boolean {
    return this.people.get(id) === true
  }

  /** Makes a person's new state part of what is known; returns whether they were known before. */
  apply(user: User): boolean {
    const before = this.users.get(user.id)
    const keys = this.keys.get(user.id)
    if (before != null && keys !== undefined) this.forget(before, keys)
    this.take(user, false)
    return before != null
  }

  private forget(user: User, keys: UserKeys): void {
    if (this.userNames.get(keys.userName) === user.id) this.userNames.set(keys.userName, null)
    if (keys.email !== undefined) {
      if (this.emails.get(keys.email) === user.id) this.emails.set(keys.email, null)
      this.deletedEmails.get(keys.email)?.delete(user.id)
    }
    if (this.numbers.get(user.number) === user.id) this.numbers.set(user.number, null)
    this.employeeNumbers.remove(keys.employeeNumber, user.id)
    this.waiting.remove(waitingKey(user.manager), user.id)
    this.reports.remove(user.manager.id, user.id)
  }

  /** `loaded`: it is what the database has, over which what the batch decided counts. */
  private take(user: User, loaded: boolean): void {
    const keys = userKeys(user.attributes)
    this.users.set(user.id, user)
    this.keys.set(user.id, keys)
    this.people.set(user.id, user.deletedAt === undefined)
    if (user.deletedAt !== undefined) {
      this.keepDeleted(user, keys)
      return
    }
    if (!loaded || this.userNames.get(keys.userName) == null) this.userNames.set(keys.userName, user.id)
    if (keys.email !== undefined && (!loaded || this.emails.get(keys.email) == null)) {
      this.emails.set(keys.email, user.id)
    }
    this.numbers.set(user.number, user.id)
    this.employeeNumbers.add(keys.employeeNumber, user.id)
    this.waiting.add(waitingKey(user.manager), user.id)
    this.reports.add(user.manager.id, user.id)
  }

  private keepDeleted(user: User, keys: UserKeys): void {
    if (keys.email === undefined) return
    const others = this.deletedEmails.get(keys.email)
    if (others === undefined) this.deletedEmails.set(keys.email, new Map([[user.id, user]]))
    else others.set(user.id, user)
  }
}

/** What a person is called where others show them: the displayName, else the userName. */
export const displayedName = (user: User): string =>
  coreText(user.attributes, "displayName") ?? coreText(user.attributes, "userName") ?? ""
