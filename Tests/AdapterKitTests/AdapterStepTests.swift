import AdapterKit
import OpenSenseWebhooks
import Testing

@Suite struct `Usual steps` {
    @Test(arguments: [
        (200, "done"), (299, "done"), (301, "retry"), (400, "content"), (401, "credentials"),
        (402, "credentials"), (403, "credentials"), (404, "content"), (408, "retry"), (409, "content"),
        (410, "content"), (425, "retry"), (429, "retry"), (500, "retry"), (599, "retry"), (199, "content"),
    ]) func `follow from the status`(_ status: Int, _ expected: String) {
        #expect(name(VendorResponse(status: status).usualStep(explanation: "")) == expected)
    }

    @Test(arguments: [(400, "content"), (403, "credentials"), (404, "credentials"), (410, "credentials")])
    func `take an address that is gone for a refused credential where it is one`(
        _ status: Int, _ expected: String
    ) {
        let step = VendorResponse(status: status).usualStep(explanation: "", isAddressCredential: true)
        #expect(name(step) == expected)
    }

    @Test(arguments: [
        ("<html>", "retry"), ("\u{FEFF}\r\n\t <!DOCTYPE html>", "retry"), ("", "done"), ("{}", "done"),
        ("a < b", "done"), (" ", "done"),
    ]) func `do not take a page for a browser for a success`(_ body: String, _ expected: String) {
        #expect(
            name(VendorResponse(status: 200, body: Array(body.utf8)).usualStep(explanation: "")) == expected)
    }

    private func name(_ step: AdapterStep) -> String {
        switch step {
        case .done(nil, nil): "done"
        case .retry: "retry"
        case .refused(let refusal, _): "\(refusal)"
        default: "other"
        }
    }
}

/// - Source: RFC 4231, test cases 1, 2, 4 and 6; RFC 4648, section 10.
@Suite struct `Signed requests` {
    static let codes: [(key: [UInt8], message: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test(arguments: codes) func `have the codes of the standard`(
        _ row: (key: [UInt8], message: [UInt8], code: String)
    ) throws {
        let code = try HMACSHA256(of: row.message, key: Secret(bytes: row.key))
        #expect(code.hexadecimal == row.code)
        #expect(code.base64 == ByteText.base64(code.bytes))
        #expect(code.bytes.count == 32)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]) func `have base64 of any length`(_ text: String, _ encoded: String) {
        #expect(ByteText.base64(Array(text.utf8)) == encoded)
    }

    @Test func `have hexadecimal digits in lower case`() {
        #expect(ByteText.hexadecimal([0x00, 0xAB, 0xFF]) == "00abff")
    }
}

@Suite struct `Fingerprint of a destination` {
    struct None: IncidentAdapter {
        let traits = AdapterTraits(folds: true)
        func begin(_ update: IncidentUpdate, context: AdapterContext) -> AdapterStep { .done() }
        func next(
            _ answer: VendorResponse, to request: OutboundRequest, for update: IncidentUpdate,
            context: AdapterContext
        ) -> AdapterStep { .done() }
    }

    static func type(_ name: String = "a") -> AdapterType {
        AdapterType(
            name: name, title: "A",
            settings: [
                AdapterSetting(
                    name: "key", environmentVariable: "K", isSecret: true, role: .identifies, summary: ""),
                AdapterSetting(name: "room", environmentVariable: "R", role: .identifies, summary: ""),
                AdapterSetting(name: "password", environmentVariable: "P", isSecret: true, summary: ""),
                AdapterSetting(name: "url", environmentVariable: "U", role: .locates, summary: ""),
                AdapterSetting(name: "color", environmentVariable: "C", summary: ""),
            ], make: { _ in None() })
    }

    static func fingerprint(
        _ name: String = "a", key: String = "the key", room: String = "r", password: String = "p",
        url: String = "https://h.example/a", color: String = "red"
    ) throws -> String {
        try type(name).identity(
            of: AdapterSettings(
                texts: ["room": room, "url": url, "color": color],
                secrets: ["key": Secret(key), "password": Secret(password)]))
    }

    @Test func `is the same for ever`() throws {
        #expect(try Self.fingerprint() == "72b0484dc3435d2f")
    }

    @Test func `differs by adapter, host, port and what identifies`() throws {
        let others = try [
            Self.fingerprint(), Self.fingerprint("b"), Self.fingerprint(key: "another"),
            Self.fingerprint(room: "s"), Self.fingerprint(url: "https://other.example/a"),
            Self.fingerprint(url: "https://h.example:8443/a"),
            Self.fingerprint(key: "the keyr", room: ""), Self.fingerprint(url: "no URL"),
        ]
        #expect(Set(others).count == others.count)
    }

    @Test func `does not differ by what authenticates, by a path, or by anything else`() throws {
        let one = try Self.fingerprint()
        #expect(try one == Self.fingerprint(password: "another"))
        #expect(try one == Self.fingerprint(url: "http://H.example/b"))
        #expect(try one == Self.fingerprint(color: "blue"))
    }

    @Test func `shows no secret and is short`() throws {
        let fingerprint = try Self.fingerprint(key: "0123456789abcdef")
        #expect(fingerprint.utf8.count == AdapterType.identityDigits)
        #expect(fingerprint != "0123456789abcdef")
    }

    @Test func `a secret authenticates unless it is said what it does`() {
        #expect(
            Self.type().settings.map(\.role) == [.identifies, .identifies, .authenticates, .locates, .plain])
    }
}
