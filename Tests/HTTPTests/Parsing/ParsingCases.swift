/// RFC 9112, section 3: the request line.
extension ParsingCase {
    static let requestLines: [ParsingCase] = [
        .init("3: the simplest", get("GET / HTTP/1.1"), "GET /"),
        .init("2.2: an empty line in front is passed over", "\r\n" + get("GET / HTTP/1.1"), "GET /"),
        .init("2.2: two are not", "\r\n\r\n" + get("GET / HTTP/1.1"), "refused request-line-malformed"),
        .init("2.2: a bare LF in front", "\n" + get("GET / HTTP/1.1"), "refused request-line-malformed"),
        .init("2.2: white space in front", " " + get("GET / HTTP/1.1"), "refused method-malformed"),
        .init("2.2: a bare LF ends no line", "GET / HTTP/1.1\nHost: a\n\n", "refused request-line-malformed"),
        .init("2.2: nor does a bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", "refused version-malformed"),
        .init("3: two blanks", get("GET  / HTTP/1.1"), "refused version-missing"),
        .init("3: a blank in the target", get("GET /a b HTTP/1.1"), "refused version-malformed"),
        .init("3: a blank at the end", get("GET / HTTP/1.1 "), "refused version-malformed"),
        .init("3: a tab for a blank", get("GET\t/ HTTP/1.1"), "refused method-malformed"),
        .init("3: no target", get("GET HTTP/1.1"), "refused version-missing"),
        .init("3: a method alone", get("GET"), "refused version-missing"),
        .init("3: HTTP/0.9", "GET /\r\n\r\n", "refused version-missing"),
        .init("3.1: methods are case-sensitive, and any token", get("get! / HTTP/1.1"), "get! /"),
        .init(
            "3.1: a long method", get(String(repeating: "M", count: 33) + " / HTTP/1.1"),
            "refused method-malformed"),
        .init("2.3: HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET / closes"),
        .init("2.3: HTTP/1.2", get("GET / HTTP/1.2"), "refused version-unsupported"),
        .init("2.3: HTTP/2.0", get("GET / HTTP/2.0"), "refused version-unsupported"),
        .init(
            "2.3: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused version-unsupported"),
        .init("2.3: in lower case", get("GET / http/1.1"), "refused version-malformed"),
        .init("2.3: two digits", get("GET / HTTP/1.10"), "refused version-malformed"),
        .init("2.3: no minor", get("GET / HTTP/1"), "refused version-malformed"),
        .init("2.3: another protocol", get("GET / HTCPCP/1.0"), "refused version-malformed"),
        .init("3.2.1: a query is no path", get("GET /a?b=/c HTTP/1.1"), "GET /a"),
        .init("3.2.1: percent-encoded stays", get("GET /%2Fa%2f HTTP/1.1"), "GET /%2Fa%2f"),
        .init("3.2.1: half a percent sign", get("GET /a%4 HTTP/1.1"), "refused target-malformed"),
        .init("3.2.1: no hexadecimal", get("GET /%zz HTTP/1.1"), "refused target-malformed"),
        .init("3.2.1: a fragment", get("GET /a#b HTTP/1.1"), "refused target-malformed"),
        .init("3.2.1: a byte above 0x7E", get("GET /\u{212A} HTTP/1.1"), "refused target-malformed"),
        .init("3.2.1: no slash in front", get("GET a HTTP/1.1"), "refused target-malformed"),
        .init("3.2.2: a whole URL", get("GET http://b:80/a?c HTTP/1.1"), "GET /a"),
        .init("3.2.2: without a path", get("GET HTTPS://b HTTP/1.1"), "GET /"),
        .init("3.2.2: with a query alone", get("GET http://b?c HTTP/1.1"), "GET /"),
        .init("3.2.2: a user", get("GET http://a@b/ HTTP/1.1"), "refused target-malformed"),
        .init("3.2.2: no host", get("GET http:///a HTTP/1.1"), "refused target-malformed"),
        .init("3.2.2: another scheme", get("GET ftp://b/ HTTP/1.1"), "refused target-malformed"),
        .init("3.2.3: a proxy's form", get("CONNECT b:80 HTTP/1.1"), "refused target-malformed"),
        .init("3.2.4: the server as a whole", get("OPTIONS * HTTP/1.1"), "OPTIONS *"),
        .init("3.2.4: for OPTIONS alone", get("GET * HTTP/1.1"), "refused target-malformed"),
        .init("TLS on the port without", bytes: [0x16, 3, 1, 2, 0, 1, 0, 13, 10], "refused tls-unexpected"),
        .init(
            "the PROXY protocol", "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n" + get("GET / HTTP/1.1"),
            "refused proxy-protocol-unexpected"),
        .init("nothing", ""),
        .init("a beginning", "GET / HTTP/1.1\r\nHost: a\r\n", "more"),
    ]

    /// RFC 9112, section 5, and RFC 9110, section 5.5 and 7.2.
    static let fields: [ParsingCase] = [
        .init("5: no white space is needed behind the colon", post("X:y\r\n"), "POST /"),
        .init("5: an empty value", post("X:\r\nY: \t \r\n"), "POST /"),
        .init("5: bytes above 0x7F", post("X: Müller\r\n"), "POST /"),
        .init("5.1: white space before the colon", post("X : y\r\n"), "refused header-malformed"),
        .init("5.1: a tab before the colon", post("X\t: y\r\n"), "refused header-malformed"),
        .init("5: no colon", post("nonsense\r\n"), "refused header-malformed"),
        .init("5: no name", post(": a\r\n"), "refused header-malformed"),
        .init("5.2: a folded line", post("X: a\r\n b\r\n"), "refused header-malformed"),
        .init("5.2: folded by a tab", post("X: a\r\n\tb\r\n"), "refused header-malformed"),
        .init(
            "2.2: white space behind the request line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "refused header-malformed"),
        .init("2.2: a bare LF", post("X: a\nY: b\r\n"), "refused header-malformed"),
        .init("2.2: a bare CR", post("X: a\rY: b\r\n"), "refused header-malformed"),
        .init("2.2: a bare LF ends no head", "GET / HTTP/1.1\r\nHost: a\r\n\n", "refused header-malformed"),
        .init("2.2: CR CR LF", post("X: a\r\r\n"), "refused header-malformed"),
        .init("a NUL", post("X: a\0b\r\n"), "refused header-malformed"),
        .init("7.2: no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "refused host-missing"),
        .init("7.2: no field at all", "GET / HTTP/1.1\r\n\r\n", "refused host-missing"),
        .init("7.2: two", post("host: a\r\n"), "refused host-repeated"),
        .init(
            "7.2: two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "refused host-repeated"),
        .init("7.2: an empty one", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "refused host-malformed"),
        .init("7.2: a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "refused host-malformed"),
        .init("7.2: a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused host-malformed"),
        .init("7.2: a user", "GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", "refused host-malformed"),
        .init("7.2: a port", "GET / HTTP/1.1\r\nHost: a.b-c_d:65535\r\n\r\n", "GET /"),
        .init("7.2: a port that is none", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", "refused host-malformed"),
        .init("7.2: an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "GET /"),
        .init("7.2: an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /"),
        .init("7.2: half of one", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "refused host-malformed"),
        .init("7.6.1: close", post("Connection: x, CLOSE\r\n"), "POST / closes"),
        .init(
            "7.6.1: close goes before keep-alive", post("Connection: close, keep-alive\r\n"), "POST / closes"),
        .init("7.6.1: keep-alive in HTTP/1.0", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET /"),
        .init("7.8: an upgrade is not taken", post("Connection: upgrade\r\nUpgrade: h2c\r\n"), "POST /"),
        .init(
            "10.1.1: an expectation", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"), "POST / x"),
        .init("10.1.1: another", post("Expect: 200-ok\r\n"), "refused expectation-unknown"),
    ]

    /// RFC 9112, section 6.
    static let framing: [ParsingCase] = [
        .init("6.3: no body", post("") + get("GET /b HTTP/1.1"), "POST /", "GET /b"),
        .init("6.2: a length", post("Content-Length: 5\r\n", "hello"), "POST / hello"),
        .init("6.2: with white space around it", post("Content-Length: \t5 \t\r\n", "hello"), "POST / hello"),
        .init("6.2: with leading zeros", post("Content-Length: 0005\r\n", "hello"), "POST / hello"),
        .init("6.2: zero", post("Content-Length: 0\r\n"), "POST /"),
        .init("6.2: of a GET too", get("GET / HTTP/1.1", "Content-Length: 2\r\n") + "hi", "GET / hi"),
        .init(
            "9.3: two requests", post("Content-Length: 2\r\n", "hi") + post("Content-Length: 1\r\n", "x"),
            "POST / hi", "POST / x"),
        .init("6.3: not whole", post("Content-Length: 6\r\n", "hello"), "more"),
        .init("6.2: a sign", post("Content-Length: +5\r\n", "hello"), "refused content-length-malformed"),
        .init("6.2: negative", post("Content-Length: -1\r\n"), "refused content-length-malformed"),
        .init("6.2: hexadecimal", post("Content-Length: 0x5\r\n"), "refused content-length-malformed"),
        .init("6.2: a power", post("Content-Length: 10^23\r\n"), "refused content-length-malformed"),
        .init("6.2: words", post("Content-Length: abc\r\n"), "refused content-length-malformed"),
        .init("6.2: empty", post("Content-Length:\r\n"), "refused content-length-malformed"),
        .init("6.2: white space inside", post("Content-Length: 1 2\r\n"), "refused content-length-malformed"),
        .init(
            "6.2: digits of another script", post("Content-Length: \u{0665}\r\n"),
            "refused content-length-malformed"),
        .init(
            "6.2: past a number", post("Content-Length: 9223372036854775808\r\n"),
            "refused content-length-malformed"),
        .init(
            "6.3: a list of equal ones", post("Content-Length: 5, 5\r\n"), "refused content-length-malformed"),
        .init(
            "6.3: two equal ones", post("Content-Length: 5\r\ncontent-length: 5\r\n"),
            "refused content-length-repeated"),
        .init(
            "6.3: two that differ", post("Content-Length: 5\r\nContent-Length: 6\r\n"),
            "refused content-length-repeated"),
        .init(
            "6.3: a length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            "refused framing-ambiguous"),
        .init(
            "6.3: the other way round", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
            "refused framing-ambiguous"),
        .init(
            "6.1: two codings", post("Transfer-Encoding: gzip, chunked\r\n"),
            "refused transfer-encoding-unsupported"),
        .init(
            "6.1: chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"),
            "refused transfer-encoding-unsupported"),
        .init(
            "6.1: two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "refused framing-ambiguous"),
        .init(
            "6.1: identity", post("Transfer-Encoding: identity\r\n"), "refused transfer-encoding-unsupported"),
        .init("6.1: empty", post("Transfer-Encoding:\r\n"), "refused transfer-encoding-unsupported"),
        .init(
            "6.1: a parameter", post("Transfer-Encoding: chunked;a=b\r\n"),
            "refused transfer-encoding-unsupported"),
        .init(
            "6.1: in quotes", post("Transfer-Encoding: \"chunked\"\r\n"),
            "refused transfer-encoding-unsupported"),
        .init(
            "6.1: a vertical tab behind", post("Transfer-Encoding: chunked\u{B}\r\n"),
            "refused header-malformed"),
        .init(
            "6.1: in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "refused framing-ambiguous"),
    ]

    /// RFC 9112, section 7.1.
    static let chunks: [ParsingCase] = [
        .init("7.1: chunks", chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), "POST / hello!"),
        .init("7.1: none", chunked("0\r\n\r\n"), "POST /"),
        .init(
            "6.1: white space around, and any case",
            post("Transfer-Encoding: \t Chunked \r\n", "1\r\nx\r\n0\r\n\r\n"), "POST / x"),
        .init(
            "7.1: digits in both cases, zeros in front",
            chunked("00A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n"),
            "POST / 01234567890123456789"),
        .init("7.1.1: extensions", chunked("5 ; a = b;c=\"d;e\"\r\nhello\r\n0;f\r\n\r\n"), "POST / hello"),
        .init(
            "7.1.2: trailers", chunked("0\r\nX: y\r\nZ:\r\n\r\n") + get("GET /b HTTP/1.1"), "POST /", "GET /b"
        ),
        .init(
            "7.1.2: trailers change nothing",
            chunked("0\r\nContent-Length: 9\r\nHost: b\r\n\r\n") + get("GET /b HTTP/1.1"),
            "POST /", "GET /b"),
        .init("7.1: no size", chunked("\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: a sign", chunked("+5\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: 0x", chunked("0x5\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: white space in front", chunked(" 5\r\nhello\r\n"), "refused chunk-malformed"),
        .init(
            "7.1: white space behind, with no extension", chunked("5 \r\nhello\r\n"),
            "refused chunk-malformed"),
        .init("7.1: no semicolon", chunked("5 a\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: a bare LF behind the size", chunked("5\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: a bare CR in an extension", chunked("5;a\rb\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: a bare LF in an extension", chunked("5;a\nb\r\nhello\r\n"), "refused chunk-malformed"),
        .init("7.1: data that is longer", chunked("5\r\nhello!\r\n0\r\n\r\n"), "refused chunk-malformed"),
        .init("7.1: data that is shorter", chunked("5\r\nhell\r\n0\r\n\r\n"), "refused chunk-malformed"),
        .init("7.1: a bare LF behind the data", chunked("5\r\nhello\n0\r\n\r\n"), "refused chunk-malformed"),
        .init("7.1: a bare CR behind the data", chunked("5\r\nhello\rx0\r\n\r\n"), "refused chunk-malformed"),
        .init("7.1: 16 digits", chunked("0000000000000005\r\nhello\r\n"), "refused chunk-malformed"),
        .init(
            "7.1.2: a trailer that is no field", chunked("0\r\nnonsense\r\n\r\n"), "refused header-malformed"),
        .init("7.1.2: a folded trailer", chunked("0\r\nX: y\r\n z\r\n\r\n"), "refused header-malformed"),
        .init("7.1.2: a bare LF ends no trailers", chunked("0\r\n\n"), "refused chunk-malformed"),
        .init("7.1: not whole", chunked("5\r\nhello\r\n0\r\n"), "more"),
    ]
}
