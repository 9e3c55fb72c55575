internal import CLibCrypto
internal import Synchronization

/// A key for HMAC-SHA-256 (RFC 2104), ready to authenticate many messages.
///
/// Keying a context costs two SHA-256 blocks and several allocations; restarting a keyed one costs neither.
/// The key therefore owns keyed contexts and lends one to each computation: as many exist as there were
/// computations at the same moment, and at most ``idleContextsMax`` are kept.
///
/// - Source: measured on OpenSSL 3.0 with a 520-byte message: reused context 0.40 µs, one-shot `HMAC()` 1.17 µs.
package final class HMACSHA256Key: Sendable, CustomStringConvertible {
    /// Contexts kept for later; more than the threads of any server we run.
    package static let idleContextsMax = 16

    private let idle: Mutex<IdleContexts>

    /// A key of any length; libcrypto wipes its own copy when the key is released.
    package init(_ key: Span<UInt8>) throws(CryptoFailure) {
        let first = try KeyedContext(key: key)
        idle = Mutex(IdleContexts(first: first))
    }

    /// The MAC of `prefix` followed by `message`.
    package func authenticate(
        prefix: Span<UInt8>, message: Span<UInt8>
    ) throws(CryptoFailure) -> Digest32 {
        let context = try borrow()
        defer { giveBack(context) }
        return try context.authenticate(prefix: prefix, message: message)
    }

    /// Never the key.
    package var description: String { "<key>" }

    deinit { idle.withLock { $0.contexts.forEach { $0.free() } } }

    private func borrow() throws(CryptoFailure) -> KeyedContext {
        // The first context is never lent out for good, so there is always one to copy from.
        let context: Result<KeyedContext, CryptoFailure> = idle.withLock { idle in
            if idle.contexts.count > 1 { return .success(idle.contexts.removeLast()) }
            return Result { () throws(CryptoFailure) in try idle.contexts[0].duplicate() }
        }
        return try context.get()
    }

    private func giveBack(_ context: KeyedContext) {
        idle.withLock { idle in
            guard idle.contexts.count < Self.idleContextsMax else { return context.free() }
            idle.contexts.append(context)
        }
    }
}

/// Contexts that nobody computes with at the moment; the first one stays.
@safe private struct IdleContexts: @unchecked Sendable {  // reached only under the key's lock
    var contexts: [KeyedContext]

    init(first: KeyedContext) { contexts = [first] }
}

/// An `EVP_MAC_CTX` that holds a key; whoever holds the value frees it or hands it on.
@safe private struct KeyedContext {
    private let context: OpaquePointer

    init(key: Span<UInt8>) throws(CryptoFailure) {
        guard let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw .last("EVP_MAC_fetch") }
        defer { unsafe EVP_MAC_free(mac) }
        guard let fresh = unsafe EVP_MAC_CTX_new(mac) else { throw .last("EVP_MAC_CTX_new") }
        guard unsafe Self.begin(fresh, key) == 1 else {
            unsafe EVP_MAC_CTX_free(fresh)
            throw .last("EVP_MAC_init")
        }
        unsafe context = fresh
    }

    private init(owning context: OpaquePointer) { unsafe self.context = context }

    func duplicate() throws(CryptoFailure) -> KeyedContext {
        guard let copy = unsafe EVP_MAC_CTX_dup(context) else { throw .last("EVP_MAC_CTX_dup") }
        return unsafe KeyedContext(owning: copy)
    }

    func authenticate(prefix: Span<UInt8>, message: Span<UInt8>) throws(CryptoFailure) -> Digest32 {
        guard unsafe EVP_MAC_init(context, nil, 0, nil) == 1 else { throw .last("EVP_MAC_init") }
        guard update(prefix), update(message) else { throw .last("EVP_MAC_update") }
        var tag: [32 of UInt8] = .init(repeating: 0)
        var written = 0
        var out = tag.mutableSpan
        // `out` holds 32 bytes, which is what HMAC-SHA-256 writes.
        let status = unsafe out.withUnsafeMutableBufferPointer {
            unsafe EVP_MAC_final(context, $0.baseAddress, &written, $0.count)
        }
        guard status == 1, written == 32 else { throw .last("EVP_MAC_final") }
        return Digest32(tag)
    }

    func free() { unsafe EVP_MAC_CTX_free(context) }

    private func update(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        return unsafe bytes.withUnsafeBufferPointer {
            unsafe EVP_MAC_update(context, $0.baseAddress, $0.count) == 1
        }
    }

    /// An empty key is passed by a pointer that is not nil: nil means "keep the old key" to libcrypto.
    private static func begin(_ context: OpaquePointer, _ key: Span<UInt8>) -> Int32 {
        // A parameter keeps pointers to its name and its value: both arrays live until EVP_MAC_init has copied them.
        // The name must not be passed as a Swift String, whose C string lives for that one call only.
        let name = Array(OSSL_MAC_PARAM_DIGEST.utf8CString)
        var value = Array("SHA256".utf8CString)
        var none: UInt8 = 0
        return unsafe name.withUnsafeBufferPointer { name in
            unsafe value.withUnsafeMutableBufferPointer { value in
                var parameters = unsafe [
                    OSSL_PARAM_construct_utf8_string(name.baseAddress, value.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return unsafe parameters.withUnsafeMutableBufferPointer { parameters in
                    unsafe key.withUnsafeBufferPointer { key in
                        unsafe withUnsafePointer(to: &none) { empty in
                            unsafe EVP_MAC_init(
                                context, key.baseAddress ?? empty, key.count, parameters.baseAddress)
                        }
                    }
                }
            }
        }
    }
}
