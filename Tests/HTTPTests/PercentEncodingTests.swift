internal import HeaderFields
internal import Testing

@Suite struct `Percent-encoding` {
    static let decoded: [(text: String, bytes: [UInt8])] = [
        ("plain", Array("plain".utf8)), ("a%2Fb", Array("a/b".utf8)), ("%c3%A9", Array("é".utf8)),
        ("%zz", Array("%zz".utf8)), ("%", Array("%".utf8)), ("%4", Array("%4".utf8)),
        ("%%41", Array("%A".utf8)),
        ("%00%FF", [0, 0xFF]), ("", []),
    ]

    @Test(arguments: decoded) func `is decoded, and a percent sign that begins no byte stands for itself`(
        _ row: (text: String, bytes: [UInt8])
    ) {
        #expect(PercentEncoding.decoded(row.text.utf8) == row.bytes)
    }

    @Test func `comes back as it went in, whatever the bytes are`() {
        let text = String(String.UnicodeScalarView((1...0x2FF).compactMap(Unicode.Scalar.init)))
        let encoded = PercentEncoding.text(text)
        #expect(encoded.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        #expect(PercentEncoding.decoded(encoded.utf8) == Array(text.utf8))
    }
}
