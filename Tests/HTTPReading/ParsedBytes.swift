package import HTTPServer

/// What the parser makes of bytes, as words that a table can have.
package struct ParsedBytes {
    /// What becomes of the bodies.
    package enum Bodies: Sendable {
        /// They are read, and stand in the words.
        case kept
        /// They are read, and do not stand in the words.
        case leftOut
        /// The parser passes them over, as those of requests that are answered by their head.
        case passedOver
    }

    /// The heads that were read.
    package private(set) var heads: [RequestHead] = []
    private let bodies: Bodies
    private var words: [String] = []
    private var head = ""
    private var parser: RequestParser
    private var input = InputBuffer()

    /// Each request as `METHOD PATH BODY`, each refusal as `refused CODE`, and `more` where something has
    /// begun and is not whole.
    ///
    /// - Parameter cuts: Where the bytes are cut before they are given to the parser, in ascending order.
    package static func words(
        _ bytes: [UInt8], cutAt cuts: some Sequence<Int> = [], _ limits: ServerLimits = ServerLimits(),
        bodies: Bodies = .kept
    ) -> [String] {
        var reading = ParsedBytes(RequestParser(limits: limits), bodies)
        var start = 0
        for end in Array(cuts) + [bytes.count] {
            guard reading.read(Array(bytes[start..<end])) else { return reading.words }
            start = end
        }
        return reading.parser.isAmidRequest(reading.input) ? reading.words + ["more"] : reading.words
    }

    /// The heads of the requests in `bytes`, up to what is refused.
    package static func heads(_ bytes: [UInt8]) -> [RequestHead] {
        var reading = ParsedBytes(RequestParser(limits: ServerLimits()), .passedOver)
        _ = reading.read(bytes)
        return reading.heads
    }

    private init(_ parser: RequestParser, _ bodies: Bodies) { (self.parser, self.bodies) = (parser, bodies) }

    /// - Returns: Whether more can be read.
    private mutating func read(_ piece: [UInt8]) -> Bool {
        input.append(piece.count, of: piece)
        while true {
            switch parser.next(&input) {
            case .more:
                input.trim()
                return true
            case .head(let found, let control):
                head = "\(found.method) \(found.path)\(control.keepsConnection ? "" : " closes")"
                heads.append(found)
                if bodies == .passedOver { parser.skipBody() }
            case .body(let body):
                let text =
                    body.isEmpty || bodies == .leftOut ? "" : " " + String(decoding: body, as: UTF8.self)
                words.append("\(head)\(text)")
            case .refused(let refusal):
                words.append("refused \(refusal.code)")
                return false
            }
        }
    }
}
