/// Where everything stands in a JSON5 text: line and column of every name and value, and what is written
/// twice.
///
/// Foundation reads the values; it does not say where they are. This walks the same text for positions only
/// and is lenient: what is not JSON5 Foundation refuses, and the place where this walk stops is where people
/// look.
struct JSON5Outline {
    /// A place in a text, both counted from 1, columns in characters.
    struct Position: Hashable, Comparable {
        var line: Int
        var column: Int

        static func < (left: Position, right: Position) -> Bool {
            (left.line, left.column) < (right.line, right.column)
        }
    }

    /// Deeper than any configuration; bounds the recursion.
    static let depthMax = 64

    /// Where the value of each path begins; `destinations.oncall.adapter`, `routes[0].to[1]`.
    private(set) var values: [String: Position] = [:]
    /// Where the name of each path begins.
    private(set) var names: [String: Position] = [:]
    /// Paths that are given a second time, and where.
    private(set) var repeated: [(path: String, position: Position)] = []
    /// Where the walk met something that is not JSON5.
    private(set) var stoppedAt: Position?
    /// The first word that is neither a name nor a value of JSON5, which the walk goes over.
    private(set) var oddWord: (word: String, position: Position)?

    private let text: [Character]
    private var index = 0
    private var here = Position(line: 1, column: 1)

    /// The outline of `text`.
    init(_ text: String) {
        self.text = Array(text)
        if !readValue("", depth: 0) || !isAtEnd { stoppedAt = here }
    }

    /// Where `path` stands; where the walk has not seen it, where what encloses it stands.
    ///
    /// The walk takes names as they are written, so it knows one with escapes by another name than
    /// Foundation.
    func place(of path: String) -> Position {
        var path = path
        while !path.isEmpty {
            if let position = values[path] ?? names[path] { return position }
            path = String(path[..<(path.lastIndex { $0 == "." || $0 == "[" } ?? path.startIndex)])
        }
        return values[""] ?? Position(line: 1, column: 1)
    }

    private var isAtEnd: Bool { index >= text.count }
    private var current: Character? { isAtEnd ? nil : text[index] }

    private mutating func advance() {
        if text[index].isNewline {
            here = Position(line: here.line + 1, column: 1)
        } else {
            here.column += 1
        }
        index += 1
    }

    private mutating func consume(_ character: Character) -> Bool {
        guard current == character else { return false }
        advance()
        return true
    }

    private mutating func skipSpace() {
        while let character = current {
            if character.isWhitespace || character == "\u{FEFF}" {
                advance()
            } else if character == "/", index + 1 < text.count, text[index + 1] == "/" {
                while let rest = current, !rest.isNewline { _ = rest; advance() }
            } else if character == "/", index + 1 < text.count, text[index + 1] == "*" {
                skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() {
        advance()
        advance()
        while !isAtEnd {
            let isStar = current == "*"
            advance()
            if isStar, consume("/") { return }
        }
    }

    /// Reads one value and the space around it; false where there is none.
    private mutating func readValue(_ path: String, depth: Int) -> Bool {
        skipSpace()
        values[path] = here
        guard depth < Self.depthMax, let first = current else { return false }
        let isRead: Bool
        switch first {
        case "{": isRead = readObject(path, depth)
        case "[": isRead = readArray(path, depth)
        case "\"", "'": isRead = readString() != nil
        default: isRead = readLiteral()
        }
        guard isRead else { return false }
        skipSpace()
        return true
    }

    private mutating func readObject(_ path: String, _ depth: Int) -> Bool {
        advance()
        skipSpace()
        while current != "}" {
            let position = here
            let name: String
            if current == "\"" || current == "'" {
                guard let text = readString() else { return false }
                name = text
            } else {
                name = readWord()
                if name.isEmpty { return false }
                if !JSON5Word.isName(name) { noteOdd(name, position) }
            }
            let member = path.isEmpty ? name : "\(path).\(name)"
            if names[member] != nil { repeated.append((member, position)) }
            names[member] = names[member] ?? position
            skipSpace()
            guard consume(":"), readValue(member, depth: depth + 1) else { return false }
            guard consume(",") else { break }
            skipSpace()
        }
        return consume("}")
    }

    private mutating func readArray(_ path: String, _ depth: Int) -> Bool {
        advance()
        skipSpace()
        var count = 0
        while current != "]" {
            guard readValue("\(path)[\(count)]", depth: depth + 1) else { return false }
            count += 1
            guard consume(",") else { break }
            skipSpace()
        }
        return consume("]")
    }

    private mutating func readString() -> String? {
        guard let quote = current else { return nil }
        advance()
        var content = ""
        while let character = current {
            if character == quote {
                advance()
                return content
            }
            if character == "\\" {
                advance()
                guard !isAtEnd else { return nil }
            } else if character.isNewline {
                return nil
            }
            content.append(text[index])
            advance()
        }
        return nil
    }

    private mutating func readLiteral() -> Bool {
        let position = here
        let word = readWord()
        if !word.isEmpty, !JSON5Word.isValue(word) { noteOdd(word, position) }
        return !word.isEmpty
    }

    private mutating func noteOdd(_ word: String, _ position: Position) {
        oddWord = oddWord ?? (word, position)
    }

    /// A bare name, a number, `true`, `Infinity` and the like.
    private mutating func readWord() -> String {
        var word = ""
        while let character = current, !character.isWhitespace, !"{}[]:,\"'/".contains(character) {
            word.append(character)
            advance()
        }
        return word
    }
}
