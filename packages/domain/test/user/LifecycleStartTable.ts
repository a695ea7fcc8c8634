/**
 * What every write and the clock make of everybody, by the rules on start dates (R-START 2 to 7, R-USER 7 and 8), on
 * 2027-03-10. A line: what is asked, then what it comes to with past dates refused, with past dates that start people
 * at once, and with start dates off; `"` is the cell before. A cell: the state, the day waited for, the events with
 * their mails, the notes of the log. "nobody" was never there, so "same date" is none.
 */
export const startTable = `
# nobody
active, same date | started +started(welcome) | " | "
active, no date | started +started(welcome) | " | "
active, today's date | started +started(welcome) | " | started +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | started +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | started +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored

# scheduled, day to come
active, same date | scheduled 03-20 | " | "
active, no date | started +started(welcome) | " | "
active, today's date | started +started(welcome) | " | scheduled 03-10 ~ignored
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | scheduled 04-01 ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | scheduled 02-01 ~ignored
inactive, same date | deactivatedBeforeStart 03-20 +deactivated | " | "
inactive, no date | deactivatedBeforeStart +deactivated | " | "
inactive, today's date | deactivatedBeforeStart 03-10 +deactivated | " | deactivatedBeforeStart 03-10 +deactivated ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 +deactivated | " | deactivatedBeforeStart 04-01 +deactivated ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 +deactivated | deactivatedBeforeStart 02-01 +deactivated ~ignored
the clock | nothing | " | started +started(startDay) ~told

# scheduled, day is today
active, same date | scheduled 03-10 | " | "
active, no date | started +started(welcome) | " | "
active, today's date | scheduled 03-10 | " | "
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | scheduled 04-01 ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | scheduled 02-01 ~ignored
inactive, same date | deactivatedBeforeStart 03-10 +deactivated | " | "
inactive, no date | deactivatedBeforeStart +deactivated | " | "
inactive, today's date | deactivatedBeforeStart 03-10 +deactivated | " | "
inactive, another day to come | deactivatedBeforeStart 04-01 +deactivated | " | deactivatedBeforeStart 04-01 +deactivated ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 +deactivated | deactivatedBeforeStart 02-01 +deactivated ~ignored
the clock | started +started(startDay) ~told | " | "

# scheduled, day was missed
active, same date | scheduled 03-01 | " | "
active, no date | started +started(welcome) | " | "
active, today's date | started +started(welcome) | " | scheduled 03-10 ~ignored
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | scheduled 04-01 ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | scheduled 02-01 ~ignored
inactive, same date | deactivatedBeforeStart 03-01 +deactivated | " | "
inactive, no date | deactivatedBeforeStart +deactivated | " | "
inactive, today's date | deactivatedBeforeStart 03-10 +deactivated | " | deactivatedBeforeStart 03-10 +deactivated ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 +deactivated | " | deactivatedBeforeStart 04-01 +deactivated ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 +deactivated | deactivatedBeforeStart 02-01 +deactivated ~ignored
the clock | started +started(startDay) ~told | " | "

# started with a date
active, same date | started | " | "
active, no date | started | " | "
active, today's date | started ~ignored | " | "
active, another day to come | started ~ignored | " | "
active, another past day | 400 invalidValue | started ~ignored | "
inactive, same date | deactivated +deactivated | " | "
inactive, no date | deactivated +deactivated | " | "
inactive, today's date | deactivated +deactivated ~ignored | " | "
inactive, another day to come | deactivated +deactivated ~ignored | " | "
inactive, another past day | 400 invalidValue | deactivated +deactivated ~ignored | "
the clock | nothing | " | "

# started without a date
active, same date | started | " | "
active, no date | started | " | "
active, today's date | started ~ignored | " | "
active, another day to come | started ~ignored | " | "
active, another past day | 400 invalidValue | started ~ignored | "
inactive, same date | deactivated +deactivated | " | "
inactive, no date | deactivated +deactivated | " | "
inactive, today's date | deactivated +deactivated ~ignored | " | "
inactive, another day to come | deactivated +deactivated ~ignored | " | "
inactive, another past day | 400 invalidValue | deactivated +deactivated ~ignored | "
the clock | nothing | " | "

# deactivated before the start, day to come
active, same date | scheduled 03-20 +reactivated +scheduled(03-20) | " | started +reactivated +started(welcome)
active, no date | started +reactivated +started(welcome) | " | "
active, today's date | started +reactivated +started(welcome) | " | started +reactivated +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +reactivated +scheduled(04-01) | " | started +reactivated +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +reactivated +started(welcome) | started +reactivated +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart 03-20 | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored
the clock | nothing | " | "

# deactivated before the start, day is over
active, same date | started +reactivated +started(welcome) | " | "
active, no date | started +reactivated +started(welcome) | " | "
active, today's date | started +reactivated +started(welcome) | " | started +reactivated +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +reactivated +scheduled(04-01) | " | started +reactivated +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +reactivated +started(welcome) | started +reactivated +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart 03-01 | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored
the clock | nothing | " | "

# inactive and never started, no date
active, same date | started +reactivated +started(welcome) | " | "
active, no date | started +reactivated +started(welcome) | " | "
active, today's date | started +reactivated +started(welcome) | " | started +reactivated +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +reactivated +scheduled(04-01) | " | started +reactivated +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +reactivated +started(welcome) | started +reactivated +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored
the clock | nothing | " | "

# deactivated
active, same date | started +reactivated(welcomeBack) | " | "
active, no date | started +reactivated(welcomeBack) | " | "
active, today's date | started +reactivated(welcomeBack) ~ignored | " | "
active, another day to come | started +reactivated(welcomeBack) ~ignored | " | "
active, another past day | 400 invalidValue | started +reactivated(welcomeBack) ~ignored | "
inactive, same date | deactivated | " | "
inactive, no date | deactivated | " | "
inactive, today's date | deactivated ~ignored | " | "
inactive, another day to come | deactivated ~ignored | " | "
inactive, another past day | 400 invalidValue | deactivated ~ignored | "
the clock | nothing | " | "

# deleted before the start, day to come
active, same date | scheduled 03-20 +scheduled(03-20) | " | started +started(welcome)
active, no date | started +started(welcome) | " | "
active, today's date | started +started(welcome) | " | started +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | started +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | started +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart 03-20 | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored
the clock | nothing | " | "

# deleted before the start, day is over
active, same date | started +started(welcome) | " | "
active, no date | started +started(welcome) | " | "
active, today's date | started +started(welcome) | " | started +started(welcome) ~ignored
active, another day to come | scheduled 04-01 +scheduled(04-01) | " | started +started(welcome) ~ignored
active, another past day | 400 invalidValue | started +started(welcome) | started +started(welcome) ~ignored
inactive, same date | deactivatedBeforeStart 03-01 | " | "
inactive, no date | deactivatedBeforeStart | " | "
inactive, today's date | deactivatedBeforeStart 03-10 | " | deactivatedBeforeStart 03-10 ~ignored
inactive, another day to come | deactivatedBeforeStart 04-01 | " | deactivatedBeforeStart 04-01 ~ignored
inactive, another past day | 400 invalidValue | deactivatedBeforeStart 02-01 | deactivatedBeforeStart 02-01 ~ignored
the clock | nothing | " | "

# deleted after the start
active, same date | started +reactivated(welcomeBack) | " | "
active, no date | started +reactivated(welcomeBack) | " | "
active, today's date | started +reactivated(welcomeBack) ~ignored | " | "
active, another day to come | started +reactivated(welcomeBack) ~ignored | " | "
active, another past day | 400 invalidValue | started +reactivated(welcomeBack) ~ignored | "
inactive, same date | deactivated | " | "
inactive, no date | deactivated | " | "
inactive, today's date | deactivated ~ignored | " | "
inactive, another day to come | deactivated ~ignored | " | "
inactive, another past day | 400 invalidValue | deactivated ~ignored | "
the clock | nothing | " | "
`
