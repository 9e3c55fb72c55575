/// Comparisons of bytes with texts that are known in advance.
extension ASCII {
    /// Whether `text` stands in `bytes` at `start`.
    package static func matches(_ bytes: Span<UInt8>, _ start: Int, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard start + count <= bytes.count else { return false }
        // A StaticString of characters that are no single scalar has its bytes for as long as the process.
        let wanted = unsafe UnsafeBufferPointer(start: text.utf8Start, count: count)
        for offset in 0..<count {
            guard unsafe bytes[start + offset] == wanted[offset] else { return false }
        }
        return true
    }

    /// Whether `range` of `bytes` is `text`.
    package static func matches(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && matches(bytes, range.lowerBound, text)
    }

    /// Whether `range` of `bytes` is `text` without regard to the case of A–Z; `text` is in any case.
    package static func matchesIgnoringCase(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString
    ) -> Bool {
        range.count == text.utf8CodeUnitCount && matchesIgnoringCase(bytes, range, prefix: text)
    }

    /// Whether `range` of `bytes` begins with `prefix` without regard to the case of A–Z.
    package static func matchesIgnoringCase(
        _ bytes: Span<UInt8>, _ range: Range<Int>, prefix: StaticString
    ) -> Bool {
        // As above.
        let wanted = unsafe UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        return unsafe matchesIgnoringCase(bytes, range, prefix: wanted.span)
    }

    /// Whether `range` of `bytes` begins with `prefix` without regard to the case of A–Z.
    package static func matchesIgnoringCase(
        _ bytes: Span<UInt8>, _ range: Range<Int>, prefix: Span<UInt8>
    ) -> Bool {
        guard prefix.count <= range.count else { return false }
        for offset in 0..<prefix.count {
            guard lowercased(bytes[range.lowerBound + offset]) == lowercased(prefix[offset]) else {
                return false
            }
        }
        return true
    }

    /// Whether the percent sign at `index` has its two digits in front of `end` (RFC 3986, section 2.1).
    package static func isPercentEncoded(_ bytes: Span<UInt8>, at index: Int, before end: Int) -> Bool {
        index + 2 < end && hexValue(bytes[index + 1]) != nil && hexValue(bytes[index + 2]) != nil
    }

    /// `range` without blanks and tabs at its ends.
    package static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}
