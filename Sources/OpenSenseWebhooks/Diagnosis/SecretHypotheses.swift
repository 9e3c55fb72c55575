#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What may have happened to a secret between the sender's page and this machine.
enum SecretHypotheses {
    /// The secret as it is, then every way of reading it that gives other bytes.
    static func all(_ secret: [UInt8]) -> [Hypothesis] {
        var all = [Hypothesis.asReceived(secret)]
        let trimmed = trim(secret)
        all.add(
            "secret-white-space",
            "The secret has white space or a line break around it that the sender's has not: remove it.",
            trimmed)
        all.add(
            "secret-quoted", "The secret stands in quotation marks that do not belong to it: remove them.",
            unquoted(trimmed))
        let text = String(decoding: trimmed, as: UTF8.self)
        let bare = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
        all.add(
            "secret-prefix", "The sender signs without the whsec_ in front of the secret: remove it.",
            Array(bare.utf8))
        all.add(
            "secret-base64",
            "The sender signs with the bytes that the secret stands for in base64: decode it.",
            Data(base64Encoded: bare).map(Array.init))
        all.add(
            "secret-hex",
            "The sender signs with the bytes that the secret stands for in hexadecimal: decode it.",
            hexadecimal(bare))
        for (name, end) in [("a line feed", "\n"), ("a carriage return and a line feed", "\r\n")] {
            all.add(
                "secret-newline-missing",
                "The sender's secret ends in \(name), and this one does not: add it.",
                secret + Array(end.utf8))
        }
        return all.filter { !$0.bytes.isEmpty }
    }

    private static func trim(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.drop(while: Secret.isWhiteSpace).reversed().drop(while: Secret.isWhiteSpace).reversed())
    }

    private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 2, let first = bytes.first, first == bytes.last,
            [0x22, 0x27, 0x60].contains(first)
        else { return nil }
        return Array(bytes.dropFirst().dropLast())
    }

    /// The bytes of an even number of hexadecimal digits.
    static func hexadecimal(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard !digits.isEmpty, digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0))
        }
    }
}
