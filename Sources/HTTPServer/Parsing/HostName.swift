internal import ASCIIBytes

/// The grammar of a host and its port (RFC 3986, section 3.2), without the user that a URL once could name.
enum HostName {
    /// Whether `range` of `head` is a name or an address, and perhaps a port; never empty.
    static func isValid(_ head: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first else { return false }
        if head[first] == UInt8(ascii: "[") {
            guard let end = range.first(where: { head[$0] == UInt8(ascii: "]") }), end > first + 1,
                (first + 1..<end).allSatisfy({ isAddressByte(head[$0]) })
            else { return false }
            return isPort(head, end + 1..<range.upperBound)
        }
        let end = range.first { head[$0] == UInt8(ascii: ":") } ?? range.upperBound
        guard end > first, (first..<end).allSatisfy({ isNameByte(head, $0, end) }) else { return false }
        return isPort(head, end..<range.upperBound)
    }

    /// Nothing, or a colon and at most five digits.
    private static func isPort(_ head: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first else { return true }
        return head[first] == UInt8(ascii: ":") && range.count <= 6
            && range.dropFirst().allSatisfy { ASCII.isDigit(head[$0]) }
    }

    /// A byte of an IPv6 address, which may have an IPv4 address at its end.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        ASCII.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == ASCII.fullStop
    }

    private static func isNameByte(_ head: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
        let byte = head[index]
        guard byte == UInt8(ascii: "%") else {
            return ASCII.isUnreserved(byte) || ASCII.isSubDelimiter(byte)
        }
        return ASCII.isPercentEncoded(head, at: index, before: end)
    }
}
