extension JSONReader {
    /// Reads `true`, `false` or `null`, which must be there.
    mutating func readWord(
        _ word: String, _ kind: JSONNode.Kind, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        let start = index
        try skipWord(word, bytes)
        append(kind, start, index)
    }

    /// Steps over `word`, which must be there.
    mutating func skipWord(_ word: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for letter in word.utf8 {
            guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
            guard bytes[index] == letter else { throw JSONError(.unexpectedByte, at: index) }
            index += 1
        }
    }

    /// Steps over `word`, which must be there in capitals or not.
    ///
    /// - Parameter word: Letters that are not capital.
    mutating func skipWordIgnoringCase(_ word: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for letter in word.utf8 {
            guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
            guard bytes[index] | 0x20 == letter else { throw JSONError(.unexpectedByte, at: index) }
            index += 1
        }
    }

    /// Whether the word that begins here goes on as `nan` does.
    func isNaN(_ bytes: Span<UInt8>) -> Bool {
        index + 1 < bytes.count && bytes[index + 1] | 0x20 == UInt8(ascii: "a")
    }

    /// The next byte that is no white space; the index is at it.
    @inline(__always)
    mutating func nextByte(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        skipSpace(bytes)
        guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
        return bytes[index]
    }

    @inline(__always)
    mutating func skipSpace(_ bytes: Span<UInt8>) {
        var at = index
        while at < bytes.count, bytes[at] <= 0x20, Self.isSpace(bytes[at]) { at += 1 }
        index = at
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
