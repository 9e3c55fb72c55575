internal import HeaderFields

/// How the end of a request's body is found (RFC 9112, section 6).
enum BodyFraming: Sendable, Hashable {
    case none
    case length(Int)
    case chunked

    /// Judges the header fields that delimit or identify a request.
    ///
    /// Stricter than the library below, which takes the first of two: where two readers of one request can
    /// disagree about its end, a second request can be smuggled past the first reader.
    static func judge(_ fields: [HeaderField], isHTTP10: Bool) throws(ServerRefusal) -> BodyFraming {
        var lengths: [String] = []
        var encodings: [String] = []
        var hosts = 0
        // A stranger chooses how many there are: looked up, not compared with each other.
        var openSense: Set<String> = []
        for field in fields {
            switch field.name.utf8.count {
            case 4 where ASCII.equalsIgnoringCase(field.name, "Host"): hosts += 1
            case 14 where ASCII.equalsIgnoringCase(field.name, "Content-Length"): lengths.append(field.value)
            case 17 where ASCII.equalsIgnoringCase(field.name, "Transfer-Encoding"):
                encodings.append(field.value)
            case openSensePrefix.utf8.count... where ASCII.hasPrefixIgnoringCase(field.name, openSensePrefix):
                guard openSense.insert(ASCII.lowercased(field.name)).inserted else {
                    throw .openSenseHeaderRepeated(name: field.name)
                }
            default: break
            }
        }
        if hosts > 1 { throw .hostRepeated }
        if hosts == 0 && !isHTTP10 { throw .hostMissing }
        if !encodings.isEmpty {
            guard lengths.isEmpty, encodings.count == 1, !isHTTP10,
                ASCII.equalsIgnoringCase(encodings[0], "chunked")
            else { throw .framingAmbiguous }
            return .chunked
        }
        if lengths.count > 1 { throw .contentLengthRepeated }
        guard let length = lengths.first else { return .none }
        return .length(try parseLength(length))
    }

    /// A length is digits alone: no sign, no base, no list, no white space inside.
    private static func parseLength(_ text: String) throws(ServerRefusal) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit), let value = Int(text) else {
            throw .contentLengthMalformed
        }
        return value
    }

    private static let openSensePrefix = "X-OpenSense-"
}
