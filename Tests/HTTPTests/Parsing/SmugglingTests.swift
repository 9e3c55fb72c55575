internal import HTTPReading
internal import Testing

/// Requests that a proxy in front may read in another way, each with a delivery behind it on one connection.
@Suite struct `A delivery behind a request that could be read in two ways` {
    /// The end of chunks, and five bytes.
    private static let body = "0\r\n\r\n"
    private static let delivery =
        "POST /delivery HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\ndelivery"

    private static let codingNames = [
        "Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING", "Transfer-Encoding ",
        " Transfer-Encoding",
        "Transfer-Encoding\t", "Transfer_Encoding", "Transfer-Encoding\0", "X: y\nTransfer-Encoding",
        "X: y\rTransfer-Encoding", "X:\r\n\tTransfer-Encoding", "Transfer\u{2010}Encoding",
    ]
    private static let separators = [": ", ":", ":\t", ": \u{B}", " : ", ":\r\n ", "; "]
    private static let codings = [
        "chunked", "Chunked", "chunked ", " chunked", "\"chunked\"", "chunked\0", "chunked\u{B}", "chunked,",
        ",chunked", "chunked, identity", "identity, chunked", "gzip, chunked", "xchunked", "chunked;a=b",
        "chunked\r\nTransfer-Encoding: identity", "",
    ]
    private static let lengths: [String?] = [
        nil, "Content-Length: 5", "content-length:5", "Content-Length : 5", "Content-Length: +5",
        "Content-Length: 5, 5", "Content-Length: 05", "Content-Length: 0x5", "Content-Length: 5 ",
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
        "Content_Length: 5", "Content-Length:\r\n 5",
    ]

    @Test func `is taken whole, or the connection ends in front of it`() {
        var (count, taken) = (0, 0)
        for name in Self.codingNames {
            for separator in Self.separators {
                for coding in Self.codings {
                    for length in Self.lengths {
                        count += 1
                        if isTaken("\(name)\(separator)\(coding)\r\n", length) { taken += 1 }
                    }
                }
            }
        }
        for length in Self.lengths {
            count += 1
            if isTaken("", length) { taken += 1 }
        }
        #expect(count >= 3_000)
        // Should nothing be taken, the rule would hold by itself.
        #expect(taken >= 20)
    }

    /// Whether the delivery is taken; recorded when it is neither taken nor refused.
    private func isTaken(_ coding: String, _ length: String?) -> Bool {
        let fields = coding + (length.map { "\($0)\r\n" } ?? "")
        let text = "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(Self.body)\(Self.delivery)"
        let words = ParsedBytes.words(Array(text.utf8))
        let isTaken = words.count == 2 && words[1] == "POST /delivery delivery"
        let isEnded = words.last?.hasPrefix("refused ") == true
        let isMixed = words.dropLast(isTaken ? 1 : 0).contains { $0.contains("delivery") }
        if isMixed || isTaken == isEnded { Issue.record("\(fields.debugDescription): \(words)") }
        return isTaken
    }
}
