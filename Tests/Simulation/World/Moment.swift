/// Moments as the sender writes them.
enum Moment {
    /// `milliseconds` since 1970 in ISO 8601, such as `2026-05-17T08:10:00Z`; a fraction only where there is
    /// one.
    static func text(_ milliseconds: Int) -> String {
        let (seconds, fraction) = floorDivide(milliseconds, 1_000)
        let (days, second) = floorDivide(seconds, 86_400)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let shifted = days + 719_468
        let (era, _) = floorDivide(shifted, 146_097)
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date =
            "\(String("\(year + 10_000)".dropFirst()))-\(two(month))-\(two(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))"
        let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
        return fraction == 0 ? "\(date)T\(time)Z" : "\(date)T\(time).\(three(fraction))Z"
    }

    private static func floorDivide(_ number: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func three(_ number: Int) -> String { String("\(number + 1_000)".dropFirst()) }
}
