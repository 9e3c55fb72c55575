import OpenSenseWebhooks
import Testing

@Suite struct `Captures` {
    @Test(arguments: ["\r\n", "\n"]) func `a raw request keeps its body byte for byte`(_ end: String) throws {
        let text = [
            "POST /opensense HTTP/1.1", "Host: a", "X-Two:  b c ", "Content-Length: 5", "", "{\r\n}\n\n\n",
        ]
        .joined(separator: end)
        let capture = try Capture.captures(in: Array(text.utf8))[0]
        #expect(capture.method == "POST")
        #expect(capture.target == "/opensense")
        #expect(capture.values("x-two") == ["b c"])
        #expect(capture.body == Array("{\r\n}\n".utf8))
    }

    @Test func `a request line is divided at its spaces, whatever letters stand beside them`() throws {
        let capture = try Capture.captures(in: Array("POST \u{301}\u{600} HTTP/1.1\n\n".utf8))[0]
        #expect(capture.method == "POST")
        #expect(capture.target == "\u{301}\u{600}")
    }

    @Test func `without a length everything after the blank line is the body`() throws {
        let capture = try Capture.captures(in: Array("POST / HTTP/1.1\n\n a \n".utf8))[0]
        #expect(capture.body == Array(" a \n".utf8))
    }

    @Test(arguments: ["chunked", "gzip, chunked", "gzip,Chunked\t"])
    func `a chunked body is put together`(_ coding: String) throws {
        let text =
            "POST / HTTP/1.1\r\nTransfer-Encoding: \(coding)\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        #expect(try Capture.captures(in: Array(text.utf8))[0].body == Array("abcde".utf8))
    }

    @Test func `the Date header gives the time of capture`() throws {
        let text = "POST / HTTP/1.1\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"
        #expect(try Capture.captures(in: Array(text.utf8))[0].capturedAt == 784_111_777)
    }

    @Test func `a HAR file gives its POST requests`() throws {
        let har =
            #"{"log":{"entries":[{"request":{"method":"GET","url":"x","headers":[]}},{"startedDateTime":"1994-11-06T08:49:37Z","request":{"method":"POST","url":"http://h/p","headers":[{"name":"A","value":"b"}],"postData":{"text":"{}"}}}]}}"#
        let captures = try Capture.captures(in: Array(har.utf8))
        #expect(captures.count == 1)
        #expect(captures[0].values("a") == ["b"])
        #expect(captures[0].body == Array("{}".utf8))
        #expect(captures[0].capturedAt == 784_111_777)
    }

    @Test func `anything else is a bare body`() throws {
        #expect(try Capture.captures(in: [0, 255]) == [Capture(body: [0, 255])])
        #expect(try Capture.captures(in: Array("{}".utf8)) == [Capture(body: Array("{}".utf8))])
    }

    static let refused: [(String, CaptureError)] = [
        ("", .empty), ("POST / HTTP/1.1\nnonsense\n\n", .headerWithoutColon(line: 2)),
        ("POST / HTTP/1.1\nContent-Length: 9\n\n12345", .bodyCutShort(missingBytes: 4)),
        ("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nzz\n", .chunksMalformed),
        ("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n-1\n", .chunksMalformed),
        ("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\nffffffffffffffff\n", .chunksMalformed),
        (#"{"log":{"entries":[]}}"#, .noRequest),
        ("POST / HTTP/1.1\n" + String(repeating: "a: b\n", count: 1_001), .tooManyFields),
    ]

    @Test(arguments: refused) func `a capture that cannot be read is refused with its reason`(
        _ text: String, _ expected: CaptureError
    ) {
        #expect(throws: expected) { try Capture.captures(in: Array(text.utf8)) }
    }
}
