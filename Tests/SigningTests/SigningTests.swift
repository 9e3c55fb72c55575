import Signing
import Testing

@Suite struct `HMAC-SHA-256` {
    struct Vector: CustomTestStringConvertible {
        let testDescription: String
        let key: [UInt8]
        let message: [UInt8]
        let mac: String
    }

    /// RFC 4231, section 4.
    static let vectors: [Vector] = [
        Vector(
            testDescription: "RFC 4231 case 1", key: Array(repeating: 0x0B, count: 20),
            message: Array("Hi There".utf8),
            mac: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            testDescription: "RFC 4231 case 2, a key shorter than the hash", key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            testDescription: "RFC 4231 case 3, key and message together longer than a block",
            key: Array(repeating: 0xAA, count: 20), message: Array(repeating: 0xDD, count: 50),
            mac: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            testDescription: "RFC 4231 case 4", key: Array(1...25),
            message: Array(repeating: 0xCD, count: 50),
            mac: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            testDescription: "RFC 4231 case 6, a key longer than a block",
            key: Array(repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            mac: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            testDescription: "RFC 4231 case 7, key and message longer than a block",
            key: Array(repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            mac: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        Vector(
            testDescription: "an empty key and an empty message", key: [], message: [],
            mac: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: vectors) func `gives the published MAC`(_ vector: Vector) throws {
        let (key, none) = (try HMACSHA256Key(vector.key.span), [UInt8]())
        #expect(
            try key.authenticate(prefix: none.span, message: vector.message.span).hexadecimal == vector.mac)
    }

    /// Made with Python's hmac: the message is `message`, the key so many times the letter k.
    static let macsByKeyLength = [
        0: "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4",
        63: "e27efa30bcbfbc25b4d936ffd8553392f398eb2edada1dac2423a961af0c305b",
        64: "890f3a16e0ca0aaa3bf180f70fa8e3970b3fd6505e98fde157988dcc19d1685c",
        65: "0c256505306af48015530c139bb7add5ad7a6a9291cd511278a067e765816fbd",
    ]

    @Test(arguments: macsByKeyLength.sorted { $0.key < $1.key })
    func `takes keys around the length of a block`(_ length: Int, _ mac: String) throws {
        let key = try HMACSHA256Key(Array(repeating: UInt8(ascii: "k"), count: length).span)
        let none: [UInt8] = []
        #expect(
            try key.authenticate(prefix: none.span, message: Array("message".utf8).span).hexadecimal == mac)
    }

    @Test func `is the same wherever the message is divided, and when the key is used again`() throws {
        let key = try HMACSHA256Key(Array("Jefe".utf8).span)
        let message = Array("what do ya want for nothing?".utf8)
        for split in 0...message.count {
            let mac = try key.authenticate(
                prefix: Array(message[..<split]).span, message: Array(message[split...]).span)
            #expect(mac.hexadecimal == Self.vectors[1].mac)
        }
    }

    @Test func `is right from many tasks at once`() async throws {
        let key = try HMACSHA256Key(Array("Jefe".utf8).span)
        let messages = (0..<64).map { Array(repeating: UInt8($0), count: $0 * 100) }
        let expected = try messages.map { try Self.mac(of: $0, by: key) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (message, mac) in zip(messages, expected) {
                group.addTask { try (0..<100).allSatisfy { _ in try Self.mac(of: message, by: key) == mac } }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    static func mac(of message: [UInt8], by key: HMACSHA256Key) throws -> Digest32 {
        let none: [UInt8] = []
        return try key.authenticate(prefix: none.span, message: message.span)
    }

    @Test func `a key describes itself without its bytes`() throws {
        let key = try HMACSHA256Key(Array("Jefe".utf8).span)
        #expect("\(key)" == "<key>")
        #expect("\(SecretBytes(Array("Jefe".utf8)))" == "<secret>")
    }
}

@Suite struct `SHA-256 and base64` {
    func digest(of bytes: [UInt8]) throws -> Digest32 { try SHA256.digest(bytes.span) }

    @Test func `SHA-256 gives the published digest of abc`() throws {
        let digest = try SHA256.digest(Array("abc".utf8).span)
        #expect(digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest.leadingInteger == 0xba78_16bf_8f01_cfea)
        #expect(digest.secondInteger == 0x4141_40de_5dae_2223)
    }

    @Test func `a digest's text decodes to the digest`() throws {
        for seed in UInt8.min ... .max {
            let digest = try digest(of: [seed])
            let text = Array(Base64.text(digest).utf8)
            #expect(text.count == 44)
            #expect(Base64.digest(text.span) == digest)
        }
    }

    static let refused = [
        "", "=", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",  // no padding
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=",  // stray bits in the last character
        "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",  // the URL-safe alphabet
        " ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",  // white space
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0\n", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAF===",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=AAAA",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qc\u{0}BD/YfIAFa0=",
    ]

    @Test(arguments: refused) func `only the canonical text of 32 bytes decodes`(_ text: String) {
        #expect(Base64.digest(Array(text.utf8).span) == nil)
    }

    @Test func `any other byte anywhere makes another digest or none`() throws {
        let text = Array("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".utf8)
        for position in text.indices {
            for byte in UInt8.min ... .max {
                var changed = text
                changed[position] = byte
                guard let digest = Base64.digest(changed.span) else { continue }
                #expect(Array(Base64.text(digest).utf8) == changed)
            }
        }
    }

    @Test func `every character of the alphabet decodes`() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for character in alphabet {
            let text = String(repeating: character, count: 42) + "A="
            #expect(Base64.digest(Array(text.utf8).span).map(Base64.text) == text)
        }
    }

    @Test func `the canonical text decodes`() throws {
        let digest = Base64.digest(Array("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=".utf8).span)
        #expect(try digest == self.digest(of: Array("abc".utf8)))
    }

    @Test func `digests that differ in any one bit are unequal`() throws {
        let digest = try digest(of: [])
        for bit in 0..<256 {
            var bytes: [32 of UInt8] = .init(repeating: 0)
            for (index, byte) in digest.array.enumerated() { bytes[index] = byte }
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(Digest32(bytes) != digest)
        }
    }
}
