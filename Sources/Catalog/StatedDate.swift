/// A date as a source states it: a day, a month, a year, or words such as "early 2026".
package struct StatedDate: Sendable, Hashable, CustomStringConvertible {
    /// The words as they stand.
    package let text: String
    /// The earliest and the latest day that the words allow; nil when they name no year.
    package let days: ClosedRange<CalendarDay>?

    /// Reads "2026", "2026-11", "2026-11-09", "2026-H2", "2026-Q3", "early 2026", "before 2026-11",
    /// alone or within other words.
    ///
    /// Early, mid and late are thirds of a year; "before" allows the twelve months before.
    package init(_ text: String) {
        self.text = text
        days = StatedDate.days(in: text)
    }

    package var description: String { text }

    /// The least and the greatest age in days on a given day; nil when the date is unknown.
    package func age(on day: CalendarDay) -> ClosedRange<Int>? {
        guard let days else { return nil }
        let age = { (from: CalendarDay) in max(0, day.daysSinceEpoch - from.daysSinceEpoch) }
        return age(days.upperBound) ... age(days.lowerBound)
    }

    /// Whether the date may be more than `limit` days past, or is unknown.
    ///
    /// Neocloud prices moved by up to a factor of two within 2026, hence three months.
    package func isStale(on day: CalendarDay, after limit: Int = 92) -> Bool {
        guard let age = age(on: day) else { return true }
        return age.upperBound > limit
    }

    private static func days(in text: String) -> ClosedRange<CalendarDay>? {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" }
        for (index, word) in words.enumerated() {
            let parts = word.split(separator: "-", omittingEmptySubsequences: false)
            guard parts[0].count == 4, let year = Int(parts[0]), (1900 ... 2199).contains(year)
            else { continue }
            guard let range = range(year: year, parts.dropFirst()) else { continue }
            guard index > 0 else { return range }
            switch words[index - 1] {
            case "before":
                let last = range.lowerBound.daysSinceEpoch - 1
                return CalendarDay(daysSinceEpoch: last - 364)
                    ... CalendarDay(daysSinceEpoch: last)
            case "early" where parts.count == 1: return months(1 ... 4, of: year)
            case "mid" where parts.count == 1: return months(5 ... 8, of: year)
            case "late" where parts.count == 1: return months(9 ... 12, of: year)
            default: return range
            }
        }
        return nil
    }

    private static func range(
        year: Int, _ rest: ArraySlice<Substring>
    ) -> ClosedRange<CalendarDay>? {
        guard let second = rest.first else { return months(1 ... 12, of: year) }
        switch second {
        case "h1": return months(1 ... 6, of: year)
        case "h2": return months(7 ... 12, of: year)
        case "q1", "q2", "q3", "q4":
            guard let quarter = second.last?.wholeNumberValue else { return nil }
            return months(3 * quarter - 2 ... 3 * quarter, of: year)
        default: break
        }
        guard let month = Int(second), (1 ... 12).contains(month) else { return nil }
        guard let third = rest.dropFirst().first else { return months(month ... month, of: year) }
        guard let number = Int(third),
            let day = CalendarDay(year: year, month: month, day: number)
        else { return nil }
        return day ... day
    }

    private static func months(_ range: ClosedRange<Int>, of year: Int) -> ClosedRange<CalendarDay>?
    {
        let length = CalendarDay.length(ofMonth: range.upperBound, year: year)
        guard let first = CalendarDay(year: year, month: range.lowerBound, day: 1),
            let last = CalendarDay(year: year, month: range.upperBound, day: length)
        else { return nil }
        return first ... last
    }
}

/// Where a fact was read, and when it was true.
package struct Provenance: Sendable, Hashable {
    /// The source, in words or as an address.
    package var source: String
    /// When the fact was true.
    package var date: StatedDate

    package init(source: String, date: StatedDate) {
        self.source = source
        self.date = date
    }
}
