#if canImport(CLibCrypto)
    internal import CLibCrypto

    /// SHA-256 (FIPS 180-4), in one call.
    package enum SHA256 {
        /// The digest of `message`.
        package static func digest(_ message: Span<UInt8>) throws(CryptoFailure) -> Digest32 {
            var digest: [32 of UInt8] = .init(repeating: 0)
            var written: UInt32 = 0
            var out = digest.mutableSpan
            // `message` and `out` outlive the call; EVP_Digest writes the 32 bytes of SHA-256 and no
            // more.
            let status = unsafe message.withUnsafeBufferPointer { input in
                unsafe out.withUnsafeMutableBufferPointer { output in
                    unsafe EVP_Digest(
                        input.baseAddress, input.count, output.baseAddress, &written, EVP_sha256(), nil)
                }
            }
            guard status == 1, written == 32 else { throw .last("EVP_Digest") }
            return Digest32(digest)
        }
    }
#endif
