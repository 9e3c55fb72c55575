#if canImport(CLibCrypto)
    internal import CLibCrypto

    /// What is done with memory that holds a secret.
    enum Memory {
        /// Overwrites `bytes`; the optimiser does not remove it as it would a plain write before a free.
        static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
            unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        }

        /// Whether two buffers of one length have the same bytes; it takes as long wherever the first
        /// difference is.
        static func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
            unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
#endif
