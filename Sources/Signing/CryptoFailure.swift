/// A call into the library of cryptography that failed, which in practice means out of memory or a broken
/// installation.
package struct CryptoFailure: Error, Hashable, CustomStringConvertible {
    /// The name of the function that failed.
    package let function: String
    /// The library's error number; 0 when it left none.
    package let number: UInt

    package var description: String { "libcrypto: \(function) failed (error \(number))" }
}
