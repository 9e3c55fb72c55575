/// A Swift source with its comments and string literals set apart from its code.
///
/// A lexer for the style used here: `//` comments, string literals of all four forms with interpolation, and
/// raw identifiers. Regular expression literals and `/* */` are not used here.
struct SourceText {
    /// A comment of consecutive lines, or one behind code, without its slashes.
    struct Comment {
        let line: Int
        var text: String
        fileprivate var lastLine: Int
    }

    /// A string literal, with its interpolations as they are written.
    struct Literal {
        let line: Int
        let text: String
        let isMultiline: Bool
    }

    /// The code: every byte of a comment, a literal or a raw identifier is a space; line breaks stay.
    private(set) var code: [UInt8]
    private(set) var comments: [Comment] = []
    private(set) var literals: [Literal] = []
    /// The raw identifiers, such as the names of tests.
    private(set) var rawIdentifiers: [Literal] = []

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        code = bytes
        while index < bytes.count { readToken() }
    }

    private mutating func readToken() {
        let start = (index: index, line: line)
        switch bytes[index] {
        case UInt8(ascii: "/") where byte(at: index + 1) == UInt8(ascii: "/"):
            while let next = byte(at: index), next != UInt8(ascii: "\n") { index += 1 }
            let slashes = bytes[start.index...].prefix { $0 == UInt8(ascii: "/") }.count
            addComment(text(start.index + slashes, index), line: start.line)
        case UInt8(ascii: "\""), UInt8(ascii: "#"):
            let hashes = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
            guard byte(at: index + hashes) == UInt8(ascii: "\"") else { return index += max(hashes, 1) }
            let isMultiline = readLiteral(hashes: hashes)
            let quotes = hashes + (isMultiline ? 3 : 1)
            literals.append(
                Literal(
                    line: start.line, text: text(start.index + quotes, index - quotes),
                    isMultiline: isMultiline))
        case UInt8(ascii: "`"):
            index += 1
            while let next = byte(at: index), next != UInt8(ascii: "`") { index += 1 }
            rawIdentifiers.append(
                Literal(line: line, text: text(start.index + 1, index), isMultiline: false))
            index += 1
        default: return step()
        }
        for place in start.index..<min(index, bytes.count) where code[place] != UInt8(ascii: "\n") {
            code[place] = UInt8(ascii: " ")
        }
    }

    /// Moves behind the literal that begins here.
    ///
    /// - Returns: Whether it has three quotes.
    private mutating func readLiteral(hashes: Int) -> Bool {
        index += hashes
        let isMultiline = matches(Array("\"\"\"".utf8))
        let fence =
            Array(String(repeating: "\"", count: isMultiline ? 3 : 1).utf8)
            + Array(repeating: UInt8(ascii: "#"), count: hashes)
        let escape = [UInt8(ascii: "\\")] + Array(repeating: UInt8(ascii: "#"), count: hashes)
        index += isMultiline ? 3 : 1
        while index < bytes.count, !matches(fence) {
            guard matches(escape) else {
                step()
                continue
            }
            index += escape.count
            if byte(at: index) == UInt8(ascii: "(") { readInterpolation() } else { step() }
        }
        index += fence.count
        return isMultiline
    }

    private mutating func readInterpolation() {
        var depth = 0
        repeat {
            switch byte(at: index) {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\""):
                _ = readLiteral(hashes: 0)
                continue
            case nil: return
            default: break
            }
            step()
        } while depth > 0
    }

    private mutating func addComment(_ text: String, line: Int) {
        if let last = comments.last, last.lastLine == line - 1 {
            comments[comments.count - 1].text += text
            comments[comments.count - 1].lastLine = line
        } else {
            comments.append(Comment(line: line, text: text, lastLine: line))
        }
    }

    private mutating func step() {
        if byte(at: index) == UInt8(ascii: "\n") { line += 1 }
        index += 1
    }

    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
    private func matches(_ text: [UInt8]) -> Bool {
        bytes[index] == text[0] && bytes[index...].starts(with: text)
    }
    private func text(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<max(min(end, bytes.count), start)], as: UTF8.self)
    }
}

extension SourceText {
    /// What has a body: functions, initialisers, subscripts and accessors, also those of computed properties.
    private static let bodyKeywords: Set = [
        "func", "init", "deinit", "subscript", "get", "set", "_read", "_modify", "willSet", "didSet", "var",
    ]

    /// The functions, initialisers, subscripts, accessors and computed properties: where each begins and how
    /// many lines it has, from its keyword to its closing brace.
    func functions() -> [(line: Int, lines: Int)] {
        var (found, line, start): ([(line: Int, lines: Int)], Int, Int?) = ([], 1, nil)
        for index in code.indices {
            let byte = code[index]
            if Self.isWord(byte) {
                start = start ?? index
                continue
            }
            if let first = start {
                start = nil
                let isMember = first > 0 && code[first - 1] == UInt8(ascii: ".")
                if !isMember, index - first <= 9,
                    Self.bodyKeywords.contains(String(decoding: code[first..<index], as: UTF8.self)),
                    let lines = bodyLines(after: index)
                {
                    found.append((line, lines))
                }
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
        return found
    }

    /// The lines up to the closing brace of the body that follows; nil where there is none, as for a
    /// requirement or a stored property.
    private func bodyLines(after start: Int) -> Int? {
        var (lines, parentheses, braces, isLineEmpty) = (1, 0, 0, false)
        for byte in code[start...] {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
            case UInt8(ascii: "="): if parentheses == 0, braces == 0 { return nil }
            case UInt8(ascii: "{"): braces += 1
            case UInt8(ascii: "}"):
                braces -= 1
                if braces == 0, parentheses == 0 { return lines }
                if braces < 0 { return nil }
            case UInt8(ascii: "\n"):
                if isLineEmpty, parentheses == 0, braces == 0 { return nil }
                (isLineEmpty, lines) = (true, lines + 1)
                continue
            case UInt8(ascii: " "): continue
            default: break
            }
            isLineEmpty = false
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    /// The words of a text, in small letters.
    static func words(_ text: String) -> [Substring] {
        text.lowercased().split { !$0.isLetter }
    }
}
