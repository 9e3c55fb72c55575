internal import ASCIIBytes

/// Reads a chunked body (RFC 9112, section 7.1), which may come a byte at a time.
///
/// Extensions and trailers are checked and dropped. A chunk's size is digits alone, in front of the line's
/// end or, with white space allowed, of a semicolon; every line ends with CR LF.
struct ChunkedBody: Sendable {
    private enum Part {
        case sizeLine
        case data(left: Int)
        /// The CR LF behind a chunk's data.
        case dataEnd
        case trailers
    }

    private var part = Part.sizeLine
    private var trailerBytes = 0
    /// How many bytes of data there were.
    private var length = 0

    /// How many of them have come.
    private(set) var bytesRead = 0

    enum Output {
        case more
        case end
    }

    /// Moves data from `input` to `body` for as long as there is any.
    ///
    /// - Parameter keeps: Whether the data is kept; a body that is refused is passed over.
    mutating func read(
        _ input: inout InputBuffer, into body: inout [UInt8], keeps: Bool, _ limits: ServerLimits
    ) throws(ServerRefusal) -> Output {
        while true {
            switch part {
            case .sizeLine:
                guard let size = try Self.nextSize(&input, limits) else { return .more }
                length += size
                guard length <= limits.bodyBytesMax else {
                    throw .bodyTooLarge(maxBytes: limits.bodyBytesMax)
                }
                part = size == 0 ? .trailers : .data(left: size)
            case .data(let left):
                guard input.count > 0 else { return .more }
                let taken = min(left, input.count)
                if keeps { input.move(taken, to: &body) } else { input.drop(taken) }
                bytesRead += taken
                part = taken == left ? .dataEnd : .data(left: left - taken)
            case .dataEnd:
                guard try input.withSpan(Self.lineEndFollows) else { return .more }
                input.drop(2)
                part = .sizeLine
            case .trailers:
                let max = limits.trailerBytesMax - trailerBytes
                guard let field = try Self.nextTrailer(&input, max: max) else { return .more }
                guard field.count > 2 else { return .end }
                trailerBytes += field.count
                // Checked, and dropped: what comes behind the body is not signed.
                _ = try RequestFields(field, field.indices, countMax: 1)
            }
        }
    }

    private static func nextSize(
        _ input: inout InputBuffer, _ limits: ServerLimits
    ) throws(ServerRefusal) -> Int? {
        let found = try input.withSpan { bytes throws(ServerRefusal) -> (line: Int, size: Int)? in
            guard let line = try line(bytes, max: limits.chunkLineBytesMax, .chunkMalformed) else {
                return nil
            }
            return (line, try size(bytes, 0..<line))
        }
        guard let found else { return nil }
        input.drop(found.line + 2)
        return found.size
    }

    private static func nextTrailer(
        _ input: inout InputBuffer, max: Int
    ) throws(ServerRefusal) -> [UInt8]? {
        let length = try input.withSpan { bytes throws(ServerRefusal) in
            try line(bytes, max: max, .trailersTooLarge)
        }
        guard let length else { return nil }
        return input.take(length + 2)
    }

    /// How long the first line is, without its end; nil while it is not whole.
    ///
    /// - Parameter refusal: Why one that is too long is refused.
    private static func line(
        _ input: Span<UInt8>, max: Int, _ refusal: ServerRefusal
    ) throws(ServerRefusal) -> Int? {
        for index in 0..<min(input.count, max + 2) where input[index] == ASCII.lineFeed {
            guard index > 0, input[index - 1] == ASCII.carriageReturn else { throw .chunkMalformed }
            return index - 1
        }
        guard input.count < max + 2 else { throw refusal }
        return nil
    }

    private static func lineEndFollows(_ input: Span<UInt8>) throws(ServerRefusal) -> Bool {
        if input.count > 0, input[0] != ASCII.carriageReturn { throw .chunkMalformed }
        guard input.count > 1 else { return false }
        guard input[1] == ASCII.lineFeed else { throw .chunkMalformed }
        return true
    }

    /// The size that a chunk's line announces.
    private static func size(_ input: Span<UInt8>, _ line: Range<Int>) throws(ServerRefusal) -> Int {
        var size = 0
        var index = line.lowerBound
        while index < line.upperBound, let digit = ASCII.hexValue(input[index]) {
            // Sixteen digits and more could be past what a number holds.
            guard index - line.lowerBound < 15 else { throw .chunkMalformed }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > line.lowerBound else { throw .chunkMalformed }
        guard index < line.upperBound else { return size }
        while index < line.upperBound, ASCII.isBlank(input[index]) { index += 1 }
        guard index < line.upperBound, input[index] == UInt8(ascii: ";"),
            (index..<line.upperBound).allSatisfy({ ASCII.isFieldByte(input[$0]) })
        else { throw .chunkMalformed }
        return size
    }
}
