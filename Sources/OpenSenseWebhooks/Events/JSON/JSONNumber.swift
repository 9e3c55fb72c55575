/// A number of JSON as it was written: every digit of it.
///
/// Two numbers are equal when their texts are; `1.50` is not `1.5`. A reader also takes the numbers of
/// ``JSONLeniency``, which ``jsonText`` gives as JSON writes them.
public struct JSONNumber: Sendable, Hashable, CustomStringConvertible, ExpressibleByIntegerLiteral {
    /// The number as it was written, such as `11.20`, `1e3` or `NaN`.
    public let text: String

    /// The number that `text` is, or nil when it is none, has something around it, or is written in base 16.
    public init?(_ text: String) {
        guard let document = try? JSONDocument(Array(text.utf8)), let number = document.number(document.root),
            number.text.utf8.count == text.utf8.count
        else { return nil }
        self = number
    }

    /// A whole number.
    public init(_ value: Int) { text = String(value) }

    /// A whole number.
    public init(integerLiteral value: Int) { self.init(value) }

    /// A text that a reader has found to be a number.
    init(verified text: String) { self.text = text }

    /// The nearest `Double`; infinite beyond its range.
    public var doubleValue: Double { Double(jsonText ?? text) ?? .nan }

    /// The value when it is whole and an `Int` can hold it, exactly; `1e3` and `5.0` are whole.
    public var integerValue: Int? {
        Int(text) ?? wholeValue
    }

    /// The number as JSON writes it: as it came wherever JSON allows that; nil for `NaN` and infinities.
    public var jsonText: String? {
        guard !isJSON else { return text }
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest.removeFirst()
        }
        guard let first = rest.first, Self.isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        let whole = rest.prefix(while: Self.isDigit).drop { $0 == UInt8(ascii: "0") }
        rest = rest.drop(while: Self.isDigit)
        var json = (isNegative ? "-" : "") + (whole.isEmpty ? "0" : String(Substring(whole)))
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: Self.isDigit)
            json += "." + (fraction.isEmpty ? "0" : String(Substring(fraction)))
            rest = rest.dropFirst(fraction.count + 1)
        }
        return json + String(Substring(rest))
    }

    /// The number as it was written.
    public var description: String { text }

    /// Whether the text, which is a number, is one of JSON.
    private var isJSON: Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        guard let first = rest.popFirst(), Self.isDigit(first) else { return false }
        if first == UInt8(ascii: "0"), let second = rest.first, Self.isDigit(second) { return false }
        guard let point = rest.firstIndex(of: UInt8(ascii: ".")) else { return true }
        return rest[point...].dropFirst().first.map(Self.isDigit) ?? false
    }

    private var wholeValue: Int? {
        guard let json = jsonText else { return nil }
        let parts = json.utf8.split(maxSplits: 1) { $0 | 0x20 == UInt8(ascii: "e") }
        let mantissa = parts[0].split(separator: UInt8(ascii: "."), maxSplits: 1)
        let sign = json.utf8.first == UInt8(ascii: "-") ? "-" : ""
        let whole = String(Substring(mantissa[0])).drop { $0 == "-" || $0 == "0" }
        let fraction = mantissa.count > 1 ? String(Substring(mantissa[1])) : ""
        let all = (whole.isEmpty ? fraction.drop { $0 == "0" } : whole + fraction)
        guard !all.isEmpty else { return 0 }
        let digits = String(all.reversed().drop { $0 == "0" }.reversed())
        guard !digits.isEmpty else { return 0 }
        guard let exponent = parts.count > 1 ? Int(String(Substring(parts[1]))) : 0 else { return nil }
        // A number of 20 digits is beyond every `Int`.
        let (zeros, overflow) = exponent.addingReportingOverflow(
            all.utf8.count - digits.utf8.count - fraction.utf8.count)
        guard !overflow, zeros >= 0, zeros < 20, digits.utf8.count + zeros < 20 else { return nil }
        return Int(sign + digits + String(repeating: "0", count: zeros))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
