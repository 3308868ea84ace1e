import Foundation

/// A day of the Gregorian calendar.
package struct CalendarDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package let daysSinceEpoch: Int

    package init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

    /// A day by its numbers, or nil when the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1 ... 9999).contains(year), (1 ... 12).contains(month),
            (1 ... CalendarDay.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        // Counted in years that begin in March, so that the leap day comes last.
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        daysSinceEpoch = shifted * 365 + leapDays + dayOfYear - 719_468
    }

    /// The present day, in universal time.
    package static func today() -> CalendarDay {
        CalendarDay(daysSinceEpoch: Int((Date().timeIntervalSince1970 / 86_400).rounded(.down)))
    }

    /// The number of days in a month.
    package static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package static func < (a: CalendarDay, b: CalendarDay) -> Bool {
        a.daysSinceEpoch < b.daysSinceEpoch
    }

    /// The day as year-month-day.
    package var description: String {
        var year = 1970 + Int((Double(daysSinceEpoch) / 365.2425).rounded(.down))
        while let next = CalendarDay(year: year + 1, month: 1, day: 1), next <= self { year += 1 }
        while let first = CalendarDay(year: year, month: 1, day: 1), first > self { year -= 1 }
        var month = 1
        while month < 12, let next = CalendarDay(year: year, month: month + 1, day: 1),
            next <= self
        {
            month += 1
        }
        let first = CalendarDay(year: year, month: month, day: 1)
        let day = daysSinceEpoch - (first?.daysSinceEpoch ?? 0) + 1
        return String(format: "%04d-%02d-%02d", year, month, day)
    }
}
