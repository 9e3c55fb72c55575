/// What a reader lets pass although JSON (RFC 8259) or OpenSense's documentation forbids it, because its
/// meaning is plain.
///
/// The signature says who wrote a delivery, so lenience costs nothing, and refusing would lose an alarm.
/// Everything else that is not JSON is refused: bytes that are not UTF-8, text after the end, comments,
/// single quotes, names without quotes, raw control characters, unknown escapes, numbers in base 16, whatever
/// is not closed.
@nonexhaustive public enum JSONLeniency: String, Sendable, Hashable, CaseIterable {
    /// A value nested deeper than 32 levels is kept as a text that holds its JSON.
    case nestedTooDeep = "nested-too-deep"
    /// Half a surrogate pair in a text (`"\ud800"`) is U+FFFD.
    case loneSurrogate = "lone-surrogate"
    /// `NaN`, `Infinity` and `Inf`, in capitals or not and with a sign or without, are numbers that JSON
    /// cannot write.
    case notFinite = "not-finite"
    /// A plus sign before a number: `+5` is 5.
    case plusSign = "plus-sign"
    /// A decimal point with digits on one side alone: `.5` is 0.5, `-.5` is -0.5, `5.` is 5.0.
    case bareDecimalPoint = "bare-decimal-point"
    /// Zeros before a number: `007` is 7, to base ten as every number of JSON.
    case leadingZeros = "leading-zeros"
    /// A comma after the last member of an object or the last item of an array.
    case trailingComma = "trailing-comma"
    /// A byte order mark in front.
    case byteOrderMark = "byte-order-mark"
    /// UTF-16, with a byte order mark or known by a zero byte among the first two.
    case utf16 = "utf-16"
    /// An id that is a number or a truth value: `"channel_id": 7` is the channel `7`.
    case idNotText = "id-not-text"
}

/// The leniencies that one document needed.
struct JSONLeniencySet: Sendable, Hashable {
    private var bits: UInt16 = 0

    mutating func insert(_ leniency: JSONLeniency) { bits |= Self.bit(leniency) }

    mutating func formUnion(_ others: JSONLeniencySet) { bits |= others.bits }

    var all: Set<JSONLeniency> {
        bits == 0 ? [] : Set(JSONLeniency.allCases.filter { bits & Self.bit($0) != 0 })
    }

    private static func bit(_ leniency: JSONLeniency) -> UInt16 {
        switch leniency {
        case .nestedTooDeep: 1
        case .loneSurrogate: 2
        case .notFinite: 4
        case .plusSign: 8
        case .bareDecimalPoint: 16
        case .leadingZeros: 32
        case .trailingComma: 64
        case .byteOrderMark: 128
        case .utf16: 256
        case .idNotText: 512
        }
    }
}
