internal import ASCIIBytes

/// How the end of a request's body is found (RFC 9112, section 6).
package enum BodyFraming: Sendable, Hashable {
    /// There is none.
    case none
    /// After so many bytes.
    case length(Int)
    /// Behind the last chunk.
    case chunked
}

/// The fields that say where a request ends, whom it is for, and what becomes of the connection.
///
/// Where two readers of one request can disagree about its end, a second request can be smuggled past the
/// first reader: one Host, one Content-Length or one Transfer-Encoding, and never both.
package struct MessageControl: Sendable, Hashable {
    /// How the body ends.
    package private(set) var framing = BodyFraming.none
    /// Whether the connection goes on after the answer.
    package private(set) var keepsConnection: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    package private(set) var expectsContinue = false
    /// Whether the client speaks HTTP/1.0.
    package let isHTTP10: Bool

    init(_ fields: RequestFields, isHTTP10: Bool) throws(ServerRefusal) {
        self.isHTTP10 = isHTTP10
        keepsConnection = !isHTTP10
        var found = Found()
        for index in fields.indices { try found.note(fields, index, isHTTP10: isHTTP10) }
        if found.closes { keepsConnection = false } else if found.keepsAlive { keepsConnection = true }
        guard found.hosts > 0 || isHTTP10 else { throw .hostMissing }
        expectsContinue = found.expectsContinue
        switch (found.length, found.isChunked) {
        case (nil, false): framing = .none
        case (let length?, false): framing = .length(length)
        case (nil, true): framing = .chunked
        case (_?, true): throw .framingAmbiguous
        }
    }

    private struct Found {
        var hosts = 0
        var length: Int?
        var isChunked = false
        var closes = false
        var keepsAlive = false
        var expectsContinue = false

        /// Looks at one field; the length of its name says first whether it can be one of these.
        mutating func note(
            _ fields: RequestFields, _ index: Int, isHTTP10: Bool
        ) throws(ServerRefusal) {
            switch fields.nameLength(index) {
            case 4 where fields.isNamed("Host", index): try noteHost(fields, index)
            case 6 where fields.isNamed("Expect", index):
                try noteExpectation(fields, index, isHTTP10: isHTTP10)
            case 10 where fields.isNamed("Connection", index): noteConnection(fields, index)
            case 14 where fields.isNamed("Content-Length", index):
                guard length == nil else { throw .contentLengthRepeated }
                length = try MessageControl.length(fields.bytes.span, fields.value(index))
            case 17 where fields.isNamed("Transfer-Encoding", index):
                // Version 1.0 knows no codings: what is in front may have read no body at all.
                guard !isChunked, !isHTTP10 else { throw .framingAmbiguous }
                guard ASCII.matchesIgnoringCase(fields.bytes.span, fields.value(index), "chunked") else {
                    throw .transferEncodingUnsupported
                }
                isChunked = true
            default: break
            }
        }

        private mutating func noteHost(_ fields: RequestFields, _ index: Int) throws(ServerRefusal) {
            hosts += 1
            guard hosts == 1 else { throw .hostRepeated }
            guard HostName.isValid(fields.bytes.span, fields.value(index)) else { throw .hostMalformed }
        }

        private mutating func noteExpectation(
            _ fields: RequestFields, _ index: Int, isHTTP10: Bool
        ) throws(ServerRefusal) {
            guard ASCII.matchesIgnoringCase(fields.bytes.span, fields.value(index), "100-continue") else {
                throw .expectationUnknown
            }
            // A client of 1.0 knows no interim answers (RFC 9110, section 10.1.1).
            expectsContinue = !isHTTP10
        }

        private mutating func noteConnection(_ fields: RequestFields, _ index: Int) {
            let value = fields.value(index)
            var start = value.lowerBound
            while start <= value.upperBound {
                let end =
                    (start..<value.upperBound).first { fields.bytes.span[$0] == ASCII.comma }
                    ?? value.upperBound
                let option = ASCII.trimmed(fields.bytes.span, start..<end)
                if ASCII.matchesIgnoringCase(fields.bytes.span, option, "close") { closes = true }
                if ASCII.matchesIgnoringCase(fields.bytes.span, option, "keep-alive") { keepsAlive = true }
                start = end + 1
            }
        }
    }

    /// A length is digits alone: no sign, no base, no list, no white space inside.
    private static func length(_ head: Span<UInt8>, _ value: Range<Int>) throws(ServerRefusal) -> Int {
        // 19 digits and more may be past what a number holds, and are no length that is meant.
        guard !value.isEmpty, value.count <= 18, value.allSatisfy({ ASCII.isDigit(head[$0]) }) else {
            throw .contentLengthMalformed
        }
        return value.reduce(0) { $0 * 10 + Int(head[$1] - UInt8(ascii: "0")) }
    }
}
