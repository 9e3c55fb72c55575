/// Takes a request target apart (RFC 9112, section 3.2).
package enum RequestTarget {
    /// Whether the target has no space and no control character; all else is the handler's to judge.
    static func isWellFormed(_ target: String) -> Bool {
        !target.isEmpty && target.utf8.allSatisfy { $0 > ASCII.space && $0 != ASCII.delete }
    }

    /// The path: what stands before `?`, and after the authority where a whole URL was sent.
    package static func path(of target: String) -> String {
        let path = target.prefix { $0 != "?" }
        guard !path.hasPrefix("/"), let scheme = path.range(ofLiteral: "://") else { return String(path) }
        guard let slash = path[scheme...].firstIndex(of: "/") else { return "/" }
        return String(path[slash...])
    }

    /// The decoded pairs after the first `?`.
    static func query(of target: String) -> [(name: String, value: String)] {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let text = target.utf8[target.utf8.index(after: mark)...]
        return text.split(separator: UInt8(ascii: "&")).map { pair in
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
        }
    }

    /// Percent-decodes; a `%` without two hexadecimal digits stands for itself.
    private static func decode(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            let rest = text[index...].dropFirst().prefix(2)
            if byte == UInt8(ascii: "%"), rest.count == 2, let first = rest.first, let last = rest.last,
                let high = ASCII.hexValue(first), let low = ASCII.hexValue(last)
            {
                bytes.append(high << 4 | low)
                index = text.index(index, offsetBy: 3)
                continue
            }
            bytes.append(byte == UInt8(ascii: "+") ? ASCII.space : byte)
            index = text.index(after: index)
        }
        // Both buffers live for the call.
        return unsafe bytes.withUnsafeBufferPointer { unsafe HeaderText.decode($0) }
    }
}

extension Substring {
    /// The index after the first occurrence of `literal`, or nil.
    func range(ofLiteral literal: String) -> Index? {
        var rest = self
        while !rest.isEmpty {
            if rest.hasPrefix(literal) { return rest.index(rest.startIndex, offsetBy: literal.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
