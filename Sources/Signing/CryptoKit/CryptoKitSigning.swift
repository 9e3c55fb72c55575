// Where there is no libcrypto: Apple's systems. It has been compiled against swift-crypto, whose API is
// the same, and not on such a system.
#if !canImport(CLibCrypto)
    internal import CryptoKit
    internal import Foundation

    extension Base64 {
        /// The 44 characters that stand for `digest`.
        package static func text(_ digest: Digest32) -> String {
            Data(digest.array).base64EncodedString()
        }

        /// The text of `bytes`: 4 characters for each 3 of them, the last filled up with `=`.
        package static func text(_ bytes: Span<UInt8>) -> String {
            Data(bytes.array).base64EncodedString()
        }

        /// The digest that `text` stands for, or nil when `text` is not the canonical base64 of 32 bytes.
        package static func digest(_ text: Span<UInt8>) -> Digest32? {
            guard text.count == digestTextLength else { return nil }
            let characters = Data(text.array)
            guard let data = Data(base64Encoded: characters), data.count == 32,
                data.base64EncodedData() == characters
            else { return nil }
            return Digest32(data)
        }
    }

    /// SHA-256 (FIPS 180-4), in one call.
    package enum SHA256 {
        /// The digest of `message`.
        package static func digest(_ message: Span<UInt8>) throws(CryptoFailure) -> Digest32 {
            Digest32(CryptoKit.SHA256.hash(data: message.array))
        }
    }

    /// A key for HMAC-SHA-256 (RFC 2104), ready to authenticate many messages.
    package final class HMACSHA256Key: Sendable, CustomStringConvertible {
        private let key: SymmetricKey

        /// A key of any length; CryptoKit overwrites it when it is released.
        package init(_ key: Span<UInt8>) throws(CryptoFailure) {
            var bytes = key.array
            self.key = SymmetricKey(data: bytes)
            unsafe bytes.withUnsafeMutableBytes { unsafe Memory.wipe($0) }
        }

        /// The MAC of `prefix` followed by `message`.
        package func authenticate(
            prefix: Span<UInt8>, message: Span<UInt8>
        ) throws(CryptoFailure) -> Digest32 {
            var code = HMAC<CryptoKit.SHA256>(key: key)
            unsafe prefix.withUnsafeBytes { unsafe code.update(data: $0) }
            unsafe message.withUnsafeBytes { unsafe code.update(data: $0) }
            return Digest32(code.finalize())
        }

        /// Never the key.
        package var description: String { "<key>" }
    }

    /// What is done with memory that holds a secret.
    enum Memory {
        /// Overwrites `bytes`; the optimiser does not remove it as it would a plain write before a free.
        static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
            guard let address = bytes.baseAddress else { return }
            _ = unsafe memset_s(address, bytes.count, 0, bytes.count)
        }

        /// Whether two buffers of one length have the same bytes; it takes as long wherever the first
        /// difference is.
        static func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
            var difference: UInt8 = 0
            for index in left.indices { difference |= unsafe left[index] ^ right[index] }
            return difference == 0
        }
    }

    extension Digest32 {
        /// The 32 bytes of a hash.
        init(_ hash: some Sequence<UInt8>) {
            var bytes: [32 of UInt8] = .init(repeating: 0)
            for (index, byte) in zip(bytes.indices, hash) { bytes[index] = byte }
            self.init(bytes)
        }
    }

    extension Span<UInt8> {
        var array: [UInt8] { indices.map { self[$0] } }
    }
#endif
