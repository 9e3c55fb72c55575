internal import Signing

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A signature header read with every leniency, to find out what its author intended.
struct LenientSignatureHeader {
    /// A signature, and what is unusual about how it is written.
    struct Signature {
        let digest: Digest32
        let finding: SignatureFinding?
    }

    /// The values of `t`, as they stand.
    private(set) var timestamps: [String] = []
    /// Every value of `v1` that can be read in some way.
    private(set) var signatures: [Signature] = []
    /// What is wrong with the header itself.
    private(set) var findings: [SignatureFinding] = []

    init(_ header: String) {
        var isMisspelt = false
        for pair in header.prefix(SignatureHeader.bytesMax * 4).split(whereSeparator: { ",;".contains($0) }) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = parts[1].filter { !" \t\"'".contains($0) }
            let key = parts[0].filter { !" \t".contains($0) }
            // Around the commas white space is allowed; anything else is taken away for the search alone.
            let isPlain = Self.trimmed(pair) == "\(key)=\(value)" && key.lowercased() == key
            if !isPlain, ["t", "v1"].contains(key.lowercased()) { isMisspelt = true }
            switch key.lowercased() {
            case "t" where timestamps.count < SignatureHeader.pairsMax: timestamps.append(String(value))
            case "v1" where signatures.count < SignatureHeader.pairsMax:
                if let signature = Self.signature(String(value)) { signatures.append(signature) }
            default: continue
            }
        }
        if isMisspelt {
            add(
                "header-spelling",
                "The signature header has quotation marks, spaces or capitals where none belong: "
                    + "it must read t=…,v1=….")
        }
        if timestamps.isEmpty { add("timestamp-missing", "The signature header has no t=.") }
        if signatures.isEmpty {
            add("signature-missing", "The signature header has no v1= that can be read.")
        }
        if timestamps.count > 1 {
            add("header-merged", "The signature header has several t=: a proxy merged two of them.")
        }
        if header.contains(";") {
            add("header-separator", "The signature header is divided by ; in place of commas.")
        }
    }

    /// What may stand in front of the body in the signed message.
    func prefixes(unsignedTimestamp: String?) -> [Hypothesis] {
        var prefixes: [Hypothesis] = []
        for timestamp in timestamps {
            prefixes.append(.asReceived(Array("\(timestamp).".utf8)))
        }
        for timestamp in timestamps {
            prefixes.add(
                "separator-missing",
                "The sender signed the timestamp and the body without the full stop between them.",
                Array(timestamp.utf8))
            prefixes.add(
                "timestamp-milliseconds",
                "The sender signed the timestamp in milliseconds and sent it in seconds.",
                Array("\(timestamp)000.".utf8))
        }
        if let unsignedTimestamp {
            prefixes.add(
                "timestamp-other-header",
                "The sender signed the time of \(OpenSenseHeader.timestamp), and t= says another.",
                Array("\(unsignedTimestamp).".utf8))
        }
        prefixes.add("body-signed-alone", "The sender signed the body alone, without the timestamp.", [])
        return prefixes
    }

    private static func trimmed(_ pair: Substring) -> String {
        let bytes = Array(pair.utf8)
        let range = bytes.span.trimmed(0..<bytes.count)
        return String(decoding: bytes[range], as: UTF8.self)
    }

    private mutating func add(_ code: String, _ message: String) {
        findings.append(SignatureFinding(code: code, message: message))
    }

    private static func signature(_ text: String) -> Signature? {
        if let digest = Base64.digest(text.utf8.span) { return Signature(digest: digest, finding: nil) }
        if let digest = SecretHypotheses.hexadecimal(text).flatMap(Digest32.init(bytes:)) {
            let message = "The signature is written in hexadecimal: it must be base64."
            return Signature(digest: digest, finding: .init(code: "signature-hex", message: message))
        }
        let plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }.filter { $0 != "=" }
        let padded = String(plain) + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        guard let digest = Data(base64Encoded: padded).flatMap({ Digest32(bytes: Array($0)) }) else {
            return nil
        }
        let message =
            "The signature is written in base64 of another kind: it must be the standard alphabet with its padding."
        return Signature(digest: digest, finding: .init(code: "signature-base64-variant", message: message))
    }
}

extension Digest32 {
    /// The digest of exactly 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var fixed: [32 of UInt8] = .init(repeating: 0)
        for index in fixed.indices { fixed[index] = bytes[index] }
        self.init(fixed)
    }
}
