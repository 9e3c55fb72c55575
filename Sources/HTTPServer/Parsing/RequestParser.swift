internal import ASCIIBytes

/// Reads the requests of one connection out of its bytes, as a strict server of RFC 9112.
///
/// Pure: it is given what has come, in pieces of any size, and says what that is. Once it has refused
/// something, or once a request was the last, nothing more can be read.
package struct RequestParser: Sendable {
    /// What comes next.
    package enum Output: Sendable {
        /// More bytes are needed.
        case more
        /// A head is whole; the body follows.
        case head(RequestHead, MessageControl)
        /// The body is whole, and so is the request.
        case body([UInt8])
        /// What came is no request.
        case refused(ServerRefusal)
    }

    private enum Part: Sendable {
        case head
        case length(left: Int)
        case chunked(ChunkedBody)
        case refused(ServerRefusal)
    }

    private let limits: ServerLimits
    private var part = Part.head
    /// How much of the head has been looked at, so that one that comes byte by byte is read once.
    private var scanned = 0
    private var lineStart = 0
    private var body: [UInt8] = []
    /// Whether a body is passed over rather than kept.
    private var isSkipping = false
    /// The target of the request that was read last, as far as it could be; empty where it could not.
    private(set) var target = ""

    /// A parser at the beginning of a connection.
    package init(limits: ServerLimits) { self.limits = limits }

    /// Whether a request has begun and is not whole.
    package func isAmidRequest(_ input: InputBuffer) -> Bool {
        if case .head = part { return input.count > 0 }
        return true
    }

    /// Passes the body of the request over whose head came last; it was answered already.
    package mutating func skipBody() {
        isSkipping = true
        body = []
    }

    /// How many bytes of the body have been read or passed over.
    private(set) var bodyBytesRead = 0

    /// The bytes of the request that are kept and that no signature has vouched for.
    var bytesHeld: Int { body.count }

    /// Reads on; `input` has what has come and was not read yet.
    package mutating func next(_ input: inout InputBuffer) -> Output {
        do throws(ServerRefusal) {
            switch part {
            case .head: return try nextHead(&input)
            case .length(let left):
                let taken = min(left, input.count)
                if isSkipping { input.drop(taken) } else { input.move(taken, to: &body) }
                bodyBytesRead += taken
                part = .length(left: left - taken)
                return taken == left ? endOfRequest() : .more
            case .chunked(var chunks):
                let output = try chunks.read(&input, into: &body, keeps: !isSkipping, limits)
                part = .chunked(chunks)
                bodyBytesRead = chunks.bytesRead
                return output == .end ? endOfRequest() : .more
            case .refused(let refusal): return .refused(refusal)
            }
        } catch {
            body = []
            part = .refused(error)
            return .refused(error)
        }
    }

    private mutating func endOfRequest() -> Output {
        part = .head
        isSkipping = false
        defer { body = [] }
        return .body(body)
    }

    // MARK: The head

    private mutating func nextHead(_ input: inout InputBuffer) throws(ServerRefusal) -> Output {
        if scanned == 0 { (target, bodyBytesRead) = ("", 0) }
        if lineStart == 0, input.count > 0 { try input.withSpan(Self.checkProtocol) }
        guard let end = try endOfHead(&input) else { return .more }
        (scanned, lineStart) = (0, 0)
        let bytes = input.take(end)
        let (head, control) = try read(bytes)
        switch control.framing {
        case .none: part = .length(left: 0)
        case .length(let length):
            guard length <= limits.bodyBytesMax else { throw .bodyTooLarge(maxBytes: limits.bodyBytesMax) }
            part = .length(left: length)
            body.reserveCapacity(min(length, Self.bodyReserveMax))
        case .chunked: part = .chunked(ChunkedBody())
        }
        return .head(head, control)
    }

    /// What is set aside on the word of a Content-Length alone, in bytes.
    private static let bodyReserveMax = 16_384

    /// Where the head ends: behind the first empty line.
    private mutating func endOfHead(_ input: inout InputBuffer) throws(ServerRefusal) -> Int? {
        if lineStart == 0, input.count > 0, input[0] == ASCII.carriageReturn {
            guard try passEmptyLine(&input) else { return nil }
        }
        let end = try input.withSpan { bytes throws(ServerRefusal) in try scan(bytes) }
        if end == nil, lineStart == 0, input.count > limits.targetBytesMax + Self.requestLineOverhead {
            throw .targetTooLong
        }
        return end
    }

    /// Looks at what has not been looked at, for the empty line.
    private mutating func scan(_ bytes: Span<UInt8>) throws(ServerRefusal) -> Int? {
        while scanned < bytes.count {
            let index = scanned
            guard index < limits.headBytesMax else { throw .headersTooLarge }
            scanned += 1
            guard bytes[index] == ASCII.lineFeed else { continue }
            guard index > 0, bytes[index - 1] == ASCII.carriageReturn else {
                throw lineStart == 0 ? .requestLineMalformed : .headerMalformed
            }
            if index == lineStart + 1 { return scanned }
            lineStart = scanned
        }
        return nil
    }

    /// Passes one empty line in front of a request over (RFC 9112, section 2.2), once what follows has come.
    ///
    /// - Returns: Whether more than that has come.
    private mutating func passEmptyLine(_ input: inout InputBuffer) throws(ServerRefusal) -> Bool {
        guard input.count > 2 else {
            if input.count == 2, input[1] != ASCII.lineFeed { throw .requestLineMalformed }
            return false
        }
        guard input[1] == ASCII.lineFeed, input[2] != ASCII.carriageReturn else {
            throw .requestLineMalformed
        }
        input.drop(2)
        scanned = 0
        try input.withSpan(Self.checkProtocol)
        return true
    }

    /// The longest method and the version, with blanks and line end, in bytes.
    private static let requestLineOverhead = 64

    /// Names what is no HTTP/1 by its first bytes, as its sender would otherwise wait for an answer.
    private static func checkProtocol(_ input: Span<UInt8>) throws(ServerRefusal) {
        if input[0] == 0x16 { throw .tlsUnexpected }
        guard ASCII.isToken(input[0]) || input[0] == ASCII.carriageReturn else {
            throw input[0] == ASCII.lineFeed ? .requestLineMalformed : .methodMalformed
        }
        if ASCII.matches(input, 0, "PROXY ") { throw .proxyProtocolUnexpected }
        // The preface of HTTP/2 (RFC 9113, section 3.4).
        if ASCII.matches(input, 0, "PRI * HTTP/2") { throw .versionUnsupported }
    }

    private mutating func read(_ bytes: [UInt8]) throws(ServerRefusal) -> (RequestHead, MessageControl) {
        // The head ends with an empty line, so there is a line end, and a second one behind it.
        let lineEnd = (bytes.firstIndex(of: ASCII.lineFeed) ?? 1) - 1
        let line = try RequestLine(bytes.span, 0..<lineEnd, targetBytesMax: limits.targetBytesMax)
        target = String(decoding: bytes[line.target], as: UTF8.self)
        let fields = try RequestFields(
            bytes, lineEnd + 2..<bytes.count - 2, countMax: limits.headersMax)
        let control = try MessageControl(fields, isHTTP10: line.isHTTP10)
        let path = line.path.isEmpty ? "/" : String(decoding: bytes[line.path], as: UTF8.self)
        var length: Int?
        if case .length(let announced) = control.framing { length = announced }
        let head = RequestHead(
            method: String(decoding: bytes[line.method], as: UTF8.self),
            target: target, path: path, headers: fields, contentLength: length)
        return (head, control)
    }
}
