/// Numbers as people read them.
enum ReadableNumber {
    /// The most digits that are taken for measured ones; more of them are what is left of a calculation.
    private static let digitsMax = 12

    /// The number: `11.2`, `−18`; in decimals, unless it is very large or nearly nothing.
    ///
    /// What a sender's arithmetic has added behind the digits that were measured is left out, as in
    /// `11.199999809265137` for 11.2 in single precision and `0.30000000000000004` for 0.3. A number that has
    /// as many digits by itself keeps them.
    static func text(_ value: Double) -> String {
        let shortest = digits(of: value)
        // The sign that is as wide as a plus, and that no line is broken at.
        return shortest.hasPrefix("-") ? "−\(shortest.dropFirst())" : shortest
    }

    private static func digits(of value: Double) -> String {
        if let integer = Int(exactly: value) { return String(integer) }
        let shortest = "\(value)"
        guard significantDigits(shortest) > digitsMax else { return shortest }
        let single = Float(value)
        if Double(single) == value { return "\(single)" }
        guard let rounded = rounded(value) else { return shortest }
        return significantDigits(rounded) <= digitsMax ? rounded : shortest
    }

    /// How many digits stand in front of an exponent, those apart that only say where the point is.
    private static func significantDigits(_ text: String) -> Int {
        text.utf8.prefix { $0 != UInt8(ascii: "e") }.filter { (0x30...0x39).contains($0) }
            .drop { $0 == UInt8(ascii: "0") }.count
    }

    /// The value to 15 digits, which every decimal number of so many keeps on its way through a `Double`; nil
    /// for one that is nearly nothing.
    private static func rounded(_ value: Double) -> String? {
        guard value.magnitude > 1e-6 else { return nil }
        var scale = 1.0
        while value.magnitude * scale < 1e14 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
