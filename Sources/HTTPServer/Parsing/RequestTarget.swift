internal import ASCIIBytes

/// The request target (RFC 9112, section 3.2; RFC 3986).
package enum RequestTarget {
    /// The path of a well-formed target: what stands before `?`, and after the authority of a whole URL.
    package static func path(of target: String) -> String {
        let bytes = Array(target.utf8)
        let whole = bytes.indices
        let range = (try? path(bytes.span, whole, ofMethod: 0..<0)) ?? pathBefore(query: bytes.span, whole)
        return range.isEmpty ? "/" : String(decoding: bytes[range], as: UTF8.self)
    }

    /// Where the path stands, not percent-decoded, so that `%2F` never passes for a slash; an empty range
    /// stands for `/`, which a whole URL may leave out.
    ///
    /// - Throws: ``ServerRefusal/targetMalformed`` for a byte that no target has, half a percent sign, and
    ///   the forms that are a proxy's (`host:port`) or the whole server's (`*`, but for OPTIONS).
    static func path(
        _ head: Span<UInt8>, _ target: Range<Int>, ofMethod method: Range<Int>
    ) throws(ServerRefusal) -> Range<Int> {
        guard let first = target.first else { throw .targetMalformed }
        if head[first] == UInt8(ascii: "/") {
            try check(head, target)
            return pathBefore(query: head, target)
        }
        if head[first] == UInt8(ascii: "*") {
            guard target.count == 1, ASCII.matches(head, method, "OPTIONS") else { throw .targetMalformed }
            return target
        }
        return try pathOfURL(head, target)
    }

    /// Of `http://host/path`, which a server has to take (RFC 9112, section 3.2.2).
    private static func pathOfURL(_ head: Span<UInt8>, _ target: Range<Int>) throws(ServerRefusal) -> Range<
        Int
    > {
        let schemes: [StaticString] = ["http://", "https://"]
        guard let scheme = schemes.first(where: { ASCII.matchesIgnoringCase(head, target, prefix: $0) })
        else {
            throw .targetMalformed
        }
        let authority = target.lowerBound + scheme.utf8CodeUnitCount
        let end =
            (authority..<target.upperBound).first {
                head[$0] == UInt8(ascii: "/") || head[$0] == UInt8(ascii: "?")
            } ?? target.upperBound
        guard HostName.isValid(head, authority..<end) else { throw .targetMalformed }
        try check(head, end..<target.upperBound)
        return pathBefore(query: head, end..<target.upperBound)
    }

    private static func pathBefore(query head: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        range.lowerBound..<(range.first { head[$0] == UInt8(ascii: "?") } ?? range.upperBound)
    }

    private static func check(_ head: Span<UInt8>, _ range: Range<Int>) throws(ServerRefusal) {
        for index in range {
            let byte = head[index]
            let isRight =
                byte == UInt8(ascii: "%")
                ? ASCII.isPercentEncoded(head, at: index, before: range.upperBound)
                : ASCII.isTargetByte(byte)
            guard isRight else { throw .targetMalformed }
        }
    }
}
