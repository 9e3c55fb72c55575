import OpenSenseWebhooks
import Testing

@Suite struct `Visible text` {
    /// What controls, separates, turns around or has no shape.
    static let hidden: [ClosedRange<UInt32>] = [
        0x00...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x034F...0x034F, 0x061C...0x061C, 0x115F...0x1160,
        0x180E...0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164,
        0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF,
    ]

    @Test(arguments: hidden) func `shows nothing hidden as it is`(_ range: ClosedRange<UInt32>) throws {
        for value in range {
            let scalar = try #require(Unicode.Scalar(value))
            let text = "a\(Character(scalar))b"
            let line = VisibleText.line(text)
            #expect(line.hasPrefix("a\\") && line.hasSuffix("b"), "\(String(value, radix: 16))")
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(VisibleText.lines(text) == (scalar == "\n" ? text : line))

            let quoted = JSONText.quoted(text)
            #expect(quoted.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            let written = try #require(JSONWriter.bytes(of: [.string(text)]))
            let json = VisibleText.json(String(decoding: written, as: UTF8.self))
            #expect(json.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(String(value, radix: 16))")
            // It means what it meant.
            for form in ["[\(quoted)]", json] {
                let document = try JSONDocument(Array(form.utf8))
                #expect(document.value(document.root) == [.string(text)])
            }
        }
    }

    @Test(arguments: [
        "", "plain", "C:\\temp", "Küche, 3. Stock", "Μονάδα", "冷蔵庫", "ثلاجة", "❤️", "👩🏽", "e\u{301}", "a b",
        "\u{FFFD}",
    ]) func `leaves what can be read as it is`(_ text: String) {
        #expect(VisibleText.line(text) == text)
        #expect(VisibleText.lines(text) == text)
        #expect(VisibleText.json(text) == text)
    }

    @Test func `names what it escapes`() {
        let text = "a\r\n\tb\u{1B}[2J\u{9B}\u{202E}\u{E0041}"
        #expect(VisibleText.line(text) == #"a\r\n\tb\u{1B}[2J\u{9B}\u{202E}\u{E0041}"#)
        #expect(
            VisibleText.json("{\n  \"\u{202E}\u{E0041}\": 1\n}") == "{\n  \"\\u202e\\udb40\\udc41\": 1\n}")
    }
}
