extension JSONDocument {
    /// A text, or the JSON of a value that is nested too deep; nil for any other value.
    package func text(_ node: Int?) -> String? {
        guard let node else { return nil }
        switch nodes[node].kind {
        case .text, .deepText: return source(node)
        case .escapedText: return unescaped(node)
        default: return nil
        }
    }

    /// A text as a typed field has it; nil for any other value, also for one that is nested too deep.
    func plainText(_ node: Int?) -> String? {
        guard let node, nodes[node].kind != .deepText else { return nil }
        return text(node)
    }

    /// An id: a text, or the JSON of a number or truth value.
    func identifier(_ node: Int?) -> String? {
        guard let node else { return nil }
        switch nodes[node].kind {
        case .number, .true, .false: return source(node)
        default: return plainText(node)
        }
    }

    /// Whether ``identifier(_:)`` is the JSON of a value that is no text.
    func isIdentifierWithoutText(_ node: Int?) -> Bool {
        guard let node else { return false }
        return switch nodes[node].kind {
        case .number, .true, .false: true
        default: false
        }
    }

    /// A number; nil for any other value.
    package func number(_ node: Int?) -> JSONNumber? {
        guard let node, nodes[node].kind == .number else { return nil }
        return JSONNumber(verified: source(node))
    }

    /// The name at `node` when it is that of a time: it ends in `_at` and is not `value_at`.
    func nameOfTime(_ node: Int) -> String? {
        let (start, end) = (Int(nodes[node].start), Int(nodes[node].end))
        guard nodes[node].kind == .text else {
            guard let name = text(node), name.utf8.suffix(3).elementsEqual("_at".utf8), name != "value_at"
            else {
                return nil
            }
            return name
        }
        guard end - start >= 3, bytes[end - 1] == UInt8(ascii: "t"), bytes[end - 2] == UInt8(ascii: "a"),
            bytes[end - 3] == UInt8(ascii: "_"), !isName(node, EventField.valueAt)
        else { return nil }
        return source(node)
    }

    /// The value, decoded with all within it.
    package func value(_ node: Int) -> JSONValue {
        switch nodes[node].kind {
        case .null: .null
        case .true: .boolean(true)
        case .false: .boolean(false)
        case .number: .number(JSONNumber(verified: source(node)))
        case .text, .escapedText, .deepText: .string(text(node) ?? "")
        case .array: .array((items(of: node) ?? []).map(value))
        case .object: .object(object(node))
        }
    }

    /// The members of an object, decoded; empty for any other value.
    package func object(_ node: Int) -> JSONObject {
        guard nodes[node].kind == .object else { return JSONObject() }
        var (at, end) = (node + 1, Int(nodes[node].end))
        var object = JSONObject()
        // Each member takes two nodes or more.
        object.reserveCapacity(min((end - at) / 2, 16))
        while at < end {
            let name = text(at) ?? ""
            // Of two equal names the first holds.
            object.insertIfAbsent(name) { value(at + 1) }
            at = next(after: at + 1)
        }
        return object
    }

    private func source(_ node: Int) -> String {
        String(decoding: bytes[Int(nodes[node].start)..<Int(nodes[node].end)], as: UTF8.self)
    }

    private func unescaped(_ node: Int) -> String {
        let (span, end) = (bytes.span, Int(nodes[node].end))
        var (at, isLone, plain) = (Int(nodes[node].start), false, [UInt8]())
        plain.reserveCapacity(end - at)
        while at < end {
            if span[at] == UInt8(ascii: "\\") {
                let scalar = JSONEscape.scalar(span, at: &at, isLone: &isLone)
                JSONText.append(scalar ?? JSONEscape.replacement, to: &plain)
            } else {
                plain.append(span[at])
                at += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
