internal import ASCIIBytes
package import HeaderFields

/// The header fields of a request, as bytes: text is made of those alone that are asked for.
package struct RequestFields: Sendable {
    /// The bytes that the fields stand in.
    let bytes: [UInt8]
    private let lines: [Line]

    private struct Line: Sendable {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    /// Reads the lines that fill `range` of `head`; each ends with CR LF.
    ///
    /// - Throws: ``ServerRefusal/headerMalformed`` for a name that is no token, white space before the colon,
    ///   a folded line and a control character; ``ServerRefusal/tooManyHeaders``.
    init(_ head: [UInt8], _ range: Range<Int>, countMax: Int) throws(ServerRefusal) {
        bytes = head
        var lines: [Line] = []
        lines.reserveCapacity(16)
        var start = range.lowerBound
        while start < range.upperBound {
            guard lines.count < countMax else { throw .tooManyHeaders }
            let line = try Self.line(head.span, from: start)
            lines.append(
                Line(
                    name: Int32(line.name.lowerBound)..<Int32(line.name.upperBound),
                    value: Int32(line.value.lowerBound)..<Int32(line.value.upperBound)))
            start = line.end
        }
        self.lines = lines
    }

    /// Fields, as a test needs them.
    package init(_ fields: [HeaderField]) {
        var bytes: [UInt8] = []
        var lines: [Line] = []
        for field in fields {
            let name = Int32(bytes.count)
            bytes += Array(field.name.utf8)
            let value = Int32(bytes.count)
            bytes += Array(field.value.utf8)
            lines.append(Line(name: name..<value, value: value..<Int32(bytes.count)))
        }
        self.bytes = bytes
        self.lines = lines
    }

    /// One field line, from `start` up to and with its line end.
    private static func line(
        _ head: Span<UInt8>, from start: Int
    ) throws(ServerRefusal) -> (name: Range<Int>, value: Range<Int>, end: Int) {
        var colon = start
        while colon < head.count, ASCII.isToken(head[colon]) { colon += 1 }
        guard colon > start, colon < head.count, head[colon] == UInt8(ascii: ":") else {
            throw .headerMalformed
        }
        var end = colon + 1
        while end < head.count, ASCII.isFieldByte(head[end]) { end += 1 }
        guard end + 1 < head.count, head[end] == ASCII.carriageReturn, head[end + 1] == ASCII.lineFeed else {
            throw .headerMalformed
        }
        return (start..<colon, ASCII.trimmed(head, colon + 1..<end), end + 2)
    }

    // MARK: Bytes

    var indices: Range<Int> { lines.indices }

    func nameLength(_ index: Int) -> Int { lines[index].name.count }

    func isNamed(_ name: StaticString, _ index: Int) -> Bool {
        ASCII.matchesIgnoringCase(bytes.span, self.name(index), name)
    }

    private func name(_ index: Int) -> Range<Int> {
        Int(lines[index].name.lowerBound)..<Int(lines[index].name.upperBound)
    }

    func value(_ index: Int) -> Range<Int> {
        Int(lines[index].value.lowerBound)..<Int(lines[index].value.upperBound)
    }

    // MARK: Text

    /// How many there are.
    package var count: Int { lines.count }

    /// The value of the first field called `name`, without regard to case; nil without one.
    package func firstValue(named name: String) -> String? {
        indices.first { isNamed(name, $0) }.map(valueText)
    }

    /// The values of all fields called `name`, in the order received.
    package func values(named name: String) -> [String] {
        var values: [String] = []
        for index in indices where isNamed(name, index) { values.append(valueText(index)) }
        return values
    }

    /// The first name with `prefix` that stands twice.
    ///
    /// Few names are compared with each other; many, which a stranger alone sends, are found in one pass.
    package func repeatedName(withPrefix prefix: String) -> String? {
        var count = 0
        for index in indices where nameHasPrefix(prefix, index) {
            count += 1
            guard count <= Self.fewNames else { return repeatedName(ofManyWithPrefix: prefix) }
            for earlier in 0..<index where isSameName(earlier, index) { return nameText(index) }
        }
        return nil
    }

    private func repeatedName(ofManyWithPrefix prefix: String) -> String? {
        var seen: Set<String> = []
        for index in indices where nameHasPrefix(prefix, index) {
            let name = nameText(index)
            guard seen.insert(ASCII.lowercased(name)).inserted else { return name }
        }
        return nil
    }

    private static let fewNames = 8

    private func isSameName(_ one: Int, _ other: Int) -> Bool {
        nameLength(one) == nameLength(other)
            && ASCII.matchesIgnoringCase(bytes.span, name(one), prefix: bytes.span.extracting(name(other)))
    }

    private func nameHasPrefix(_ prefix: String, _ index: Int) -> Bool {
        ASCII.matchesIgnoringCase(bytes.span, name(index), prefix: prefix.utf8.span)
    }

    private func isNamed(_ name: String, _ index: Int) -> Bool {
        nameLength(index) == name.utf8.count && nameHasPrefix(name, index)
    }

    private func nameText(_ index: Int) -> String { String(decoding: bytes[name(index)], as: UTF8.self) }

    private func valueText(_ index: Int) -> String {
        let range = value(index)
        return unsafe bytes.withUnsafeBufferPointer {
            unsafe HeaderText.decode(UnsafeBufferPointer(rebasing: $0[range]))
        }
    }
}

extension RequestFields: Sequence {
    /// Each field as text, in the order received.
    package func makeIterator() -> AnyIterator<HeaderField> {
        var next = 0
        return AnyIterator {
            guard next < count else { return nil }
            defer { next += 1 }
            return HeaderField(nameText(next), valueText(next))
        }
    }
}
