package import HTTPServer

/// What the parser makes of bytes, as words that a table can have.
package struct ParsedBytes {
    private var words: [String] = []
    private var head = ""
    private var parser: RequestParser
    private var input = InputBuffer()

    /// Each request as `METHOD PATH BODY`, each refusal as `refused CODE`, and `more` where something has
    /// begun and is not whole.
    ///
    /// - Parameter cuts: Where the bytes are cut before they are given to the parser, in ascending order.
    package static func words(
        _ bytes: [UInt8], cutAt cuts: some Sequence<Int> = [], _ limits: ServerLimits = ServerLimits()
    ) -> [String] {
        var reading = ParsedBytes(parser: RequestParser(limits: limits))
        var start = 0
        for end in Array(cuts) + [bytes.count] {
            guard reading.read(Array(bytes[start..<end])) else { return reading.words }
            start = end
        }
        return reading.parser.isAmidRequest(reading.input) ? reading.words + ["more"] : reading.words
    }

    private init(parser: RequestParser) { self.parser = parser }

    /// - Returns: Whether more can be read.
    private mutating func read(_ piece: [UInt8]) -> Bool {
        input.append(piece.count, of: piece)
        while true {
            switch parser.next(&input) {
            case .more: return true
            case .head(let found, let control):
                head = "\(found.method) \(found.path)\(control.keepsConnection ? "" : " closes")"
            case .body(let body):
                let text = body.isEmpty ? "" : " " + String(decoding: body, as: UTF8.self)
                words.append("\(head)\(text)")
            case .refused(let refusal):
                words.append("refused \(refusal.code)")
                return false
            }
        }
    }
}
