import Catalog
import Testing

@Suite struct DateTests {
    @Test func countsDaysOfTheGregorianCalendar() throws {
        let day = { (y: Int, m: Int, d: Int) in
            CalendarDay(year: y, month: m, day: d)?.daysSinceEpoch
        }
        #expect(day(1970, 1, 1) == 0)
        #expect(day(2000, 3, 1) == 11_017)
        #expect(day(1969, 12, 31) == -1)
        #expect(day(2026, 11, 25) == 20_782)
        #expect(day(2026, 2, 29) == nil)
        #expect(day(2024, 2, 29) == 19_782)
        #expect(day(1900, 2, 29) == nil)
        #expect(day(2026, 13, 1) == nil)
    }

    @Test func writesEveryDayAsItWasRead() throws {
        for days in stride(from: -40_000, through: 60_000, by: 37) {
            let day = CalendarDay(daysSinceEpoch: days)
            let parts = day.description.split(separator: "-").compactMap { Int($0) }
            try #require(parts.count == 3)
            #expect(CalendarDay(year: parts[0], month: parts[1], day: parts[2]) == day)
        }
    }

    @Test(arguments: [
        ("2026-11-09", "2026-11-09", "2026-11-09"), ("2026-11", "2026-11-01", "2026-11-30"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2026", "2026-01-01", "2026-12-31"),
        ("undated snapshot (est. early 2026)", "2026-01-01", "2026-04-30"),
        ("undated snapshot (est. 2026-H2)", "2026-07-01", "2026-12-31"),
        ("undated snapshot (before 2026-11)", "2025-11-01", "2026-10-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"), ("late 2025", "2025-09-01", "2025-12-31"),
    ])
    func readsStatedDates(text: String, first: String, last: String) throws {
        let days = try #require(StatedDate(text).days)
        #expect(days.lowerBound.description == first)
        #expect(days.upperBound.description == last)
    }

    @Test(arguments: ["", "unknown", "2026-13", "2026-02-30", "26-11", "soon"])
    func knowsWhenNoDateIsStated(text: String) {
        #expect(StatedDate(text).days == nil)
    }

    @Test func agesARangeOfDays() throws {
        let today = try #require(CalendarDay(year: 2026, month: 11, day: 25))
        #expect(StatedDate("2026-11-09").age(on: today) == 16 ... 16)
        #expect(StatedDate("2026-11").age(on: today) == 0 ... 24)
        #expect(StatedDate("2025").age(on: today) == 329 ... 693)
        #expect(StatedDate("no date").age(on: today) == nil)
    }

    @Test func callsOldAndUnknownDatesStale() throws {
        let today = try #require(CalendarDay(year: 2026, month: 11, day: 25))
        #expect(!StatedDate("2026-09-06").isStale(on: today))
        #expect(StatedDate("2026-08-06").isStale(on: today))
        #expect(StatedDate("undated snapshot (est. early 2026)").isStale(on: today))
        #expect(StatedDate("no date").isStale(on: today))
        #expect(StatedDate("2026").isStale(on: today))
        #expect(StatedDate("2026-11-09").isStale(on: today, after: 10))
    }
}
