internal import CLibCrypto

/// A call into libcrypto that failed, which in practice means out of memory or a broken installation.
package struct CryptoFailure: Error, Hashable, CustomStringConvertible {
    /// The name of the function that failed.
    package let function: String
    /// OpenSSL's packed error number; 0 when the library left none.
    package let number: UInt

    /// The failure of `function`, with the newest error of this thread's queue; the queue is emptied.
    package static func last(_ function: String) -> CryptoFailure {
        let number = ERR_peek_last_error()
        ERR_clear_error()
        return CryptoFailure(function: function, number: UInt(number))
    }

    package var description: String { "libcrypto: \(function) failed (error \(number))" }
}
