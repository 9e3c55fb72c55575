#if canImport(CLibCrypto)
    internal import CLibCrypto

    extension CryptoFailure {
        /// The failure of `function`, with the newest error of this thread's queue; the queue is emptied.
        static func last(_ function: String) -> CryptoFailure {
            let number = ERR_peek_last_error()
            ERR_clear_error()
            return CryptoFailure(function: function, number: UInt(number))
        }
    }
#endif
