#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A moment in an event: the sender's text and what it means.
public struct EventTime: Sendable, Hashable {
    /// The text as the sender wrote it.
    public let text: String
    /// Milliseconds since 1970-01-01T00:00:00Z; what is finer is cut off.
    public let unixMilliseconds: Int

    /// The moment that `text` names, or nil when it names none.
    ///
    /// A date, `T` or `t` or a space, a time with or without seconds and a fraction of them after a point or
    /// a comma, and a zone: `Z`, `z`, or an offset such as `+02:00`, `+0200` or `+02`. A second 60 at the end
    /// of a day in UTC is the next day's first. A field that cannot be, such as 31 February or 25:00, and a
    /// time without a zone name no moment.
    ///
    /// - Source: RFC 3339, section 5.6 and appendix D; the comma is of ISO 8601.
    public init?(_ text: String) {
        guard let milliseconds = EventTimeText.milliseconds(text.utf8.span) else { return nil }
        self.text = text
        unixMilliseconds = milliseconds
    }

    /// The moment, to the millisecond.
    public var date: Date { Date(timeIntervalSince1970: Double(unixMilliseconds) / 1_000) }

    /// The moment as every reader of RFC 3339 takes it: `2026-05-17T08:10:00.000Z`.
    public var utcText: String {
        let seconds = CivilTime.floorDivide(unixMilliseconds, 1_000)
        let day = CivilTime.floorDivide(seconds, CivilTime.secondsPerDay)
        let second = seconds - day * CivilTime.secondsPerDay
        let (year, month, dayOfMonth) = CivilTime.date(ofDay: day)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
        let minute = "\(Self.padded(second / 3_600, 2)):\(Self.padded(second / 60 % 60, 2))"
        let fraction = Self.padded(unixMilliseconds - seconds * 1_000, 3)
        return "\(date)T\(minute):\(Self.padded(second % 60, 2)).\(fraction)Z"
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

/// Reads the text of a moment from its left to its right.
private enum EventTimeText {
    static func milliseconds(_ text: Span<UInt8>) -> Int? {
        // `2026-05-17T08:10Z` is the shortest.
        guard text.count >= 17, let year = CivilTime.number(text, 0, digits: 4), text[4] == UInt8(ascii: "-"),
            let month = CivilTime.number(text, 5, digits: 2), text[7] == UInt8(ascii: "-"),
            let dayOfMonth = CivilTime.number(text, 8, digits: 2), isDivider(text[10]),
            let hour = CivilTime.number(text, 11, digits: 2), hour < 24, text[13] == UInt8(ascii: ":"),
            let minute = CivilTime.number(text, 14, digits: 2), minute < 60,
            let day = CivilTime.day(year: year, month: month, day: dayOfMonth)
        else { return nil }
        var index = 16
        guard let (second, fraction) = seconds(text, &index), let offset = offsetMinutes(text, &index),
            index == text.count
        else { return nil }
        let minutes = day * 1_440 + hour * 60 + minute - offset
        guard second < 60 || second == 60 && CivilTime.floorDivide(minutes + 1, 1_440) * 1_440 == minutes + 1
        else { return nil }
        return (minutes * 60 + second) * 1_000 + fraction
    }

    private static func isDivider(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "T") || byte == UInt8(ascii: "t") || byte == UInt8(ascii: " ")
    }

    /// Seconds and milliseconds; none when there are none.
    private static func seconds(_ text: Span<UInt8>, _ index: inout Int) -> (Int, Int)? {
        guard index < text.count, text[index] == UInt8(ascii: ":") else { return (0, 0) }
        guard let second = CivilTime.number(text, index + 1, digits: 2) else { return nil }
        index += 3
        guard index < text.count, text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ",") else {
            return (second, 0)
        }
        let start = index + 1
        var (milliseconds, place) = (0, 100)
        index = start
        while let digit = CivilTime.number(text, index, digits: 1) {
            milliseconds += digit * place
            place /= 10
            index += 1
        }
        return index > start ? (second, milliseconds) : nil
    }

    /// How far the zone is ahead of UTC.
    private static func offsetMinutes(_ text: Span<UInt8>, _ index: inout Int) -> Int? {
        guard index < text.count else { return nil }
        let sign: Int
        switch text[index] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            index += 1
            return 0
        case UInt8(ascii: "+"): sign = 1
        case UInt8(ascii: "-"): sign = -1
        default: return nil
        }
        guard let hours = CivilTime.number(text, index + 1, digits: 2), hours < 24 else { return nil }
        index += 3
        guard index < text.count else { return sign * hours * 60 }
        if text[index] == UInt8(ascii: ":") { index += 1 }
        guard let minutes = CivilTime.number(text, index, digits: 2), minutes < 60 else { return nil }
        index += 2
        return sign * (hours * 60 + minutes)
    }
}
