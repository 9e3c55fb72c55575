internal import ASCIIBytes

/// The request line (RFC 9112, section 3): method, target and version with one blank between.
struct RequestLine: Sendable, Equatable {
    /// Where the method and the target stand in the head.
    var method: Range<Int>
    var target: Range<Int>
    /// Where the path stands: the target without query, and without scheme and authority.
    var path: Range<Int>
    var isHTTP10: Bool

    /// The longest method; the registered ones have 17 letters at most (`UPDATEREDIRECTREF`).
    private static let methodBytesMax = 32

    /// Reads the line that fills `line` in `head`.
    init(
        _ head: Span<UInt8>, _ line: Range<Int>, targetBytesMax: Int
    ) throws(ServerRefusal) {
        guard let method = Self.word(head, line), method.count <= Self.methodBytesMax,
            method.allSatisfy({ ASCII.isToken(head[$0]) })
        else { throw .methodMalformed }
        let rest = min(method.upperBound + 1, line.upperBound)..<line.upperBound
        // A request of HTTP/0.9 ends with the target; what follows it would have no end.
        guard let target = Self.word(head, rest), target.upperBound < line.upperBound else {
            throw .versionMissing
        }
        isHTTP10 = try Self.isHTTP10(head, target.upperBound + 1..<line.upperBound)
        guard target.count <= targetBytesMax else { throw .targetTooLong }
        self.method = method
        self.target = target
        path = try RequestTarget.path(head, target, ofMethod: method)
    }

    /// What stands before the first blank, or before the end; nil where that is nothing.
    private static func word(_ head: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        let end = range.first { head[$0] == ASCII.space } ?? range.upperBound
        return end == range.lowerBound ? nil : range.lowerBound..<end
    }

    private static func isHTTP10(_ head: Span<UInt8>, _ range: Range<Int>) throws(ServerRefusal) -> Bool {
        let name: StaticString = "HTTP/"
        guard range.count == 8, ASCII.matches(head, range.lowerBound, name),
            ASCII.isDigit(head[range.lowerBound + 5]), head[range.lowerBound + 6] == ASCII.fullStop,
            ASCII.isDigit(head[range.lowerBound + 7])
        else { throw .versionMalformed }
        switch (head[range.lowerBound + 5], head[range.lowerBound + 7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return false
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return true
        default: throw .versionUnsupported
        }
    }
}
