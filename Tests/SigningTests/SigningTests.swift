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
            testDescription: "RFC 4231 case 6, a key longer than a block",
            key: Array(repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            mac: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            testDescription: "an empty key and an empty message", key: [], message: [],
            mac: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ]

    @Test(arguments: vectors) func `gives the published MAC`(_ vector: Vector) throws {
        let (key, none) = (try HMACSHA256Key(vector.key.span), [UInt8]())
        #expect(
            try key.authenticate(prefix: none.span, message: vector.message.span).hexadecimal == vector.mac)
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
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let (message, none) = (Array("what do ya want for nothing?".utf8), [UInt8]())
                    return try key.authenticate(prefix: none.span, message: message.span).hexadecimal
                }
            }
            for try await mac in group { #expect(mac == Self.vectors[1].mac) }
        }
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
