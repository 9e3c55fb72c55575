internal import HeaderFields

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
