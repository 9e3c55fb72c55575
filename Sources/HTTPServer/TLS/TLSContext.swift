internal import CLibSSL

#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A certificate and its private key, as a server shows them: TLS 1.2 and 1.3, HTTP/1.1 by ALPN.
///
/// `@unchecked Sendable`: nothing changes after the initialiser, and OpenSSL guards what it keeps itself
/// (the keys of session tickets).
@safe package final class TLSContext: @unchecked Sendable {
    /// When the certificate ends, in seconds since 1970-01-01T00:00:00Z.
    package let certificateEndsAt: Int
    let pointer: OpaquePointer

    /// A context of what PEM files hold.
    ///
    /// - Parameters:
    ///   - certificateChain: The server's certificate, then those between it and its authority.
    ///   - privateKey: The key of the first certificate, without a passphrase.
    package init(certificateChain: [UInt8], privateKey: [UInt8]) throws(TLSContextError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw .refused(TLSReason.last())
        }
        let end: Int
        do throws(TLSContextError) {
            end = try unsafe Self.use(certificateChain, in: context)
            try unsafe Self.use(privateKey: privateKey, in: context)
            try unsafe Self.restrict(context)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe Self.listen(context)
        unsafe pointer = context
        certificateEndsAt = end
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// Leaves what is safe and cheap.
    private static func restrict(_ context: OpaquePointer) throws(TLSContextError) {
        guard unsafe clibssl_set_min_version(context, TLS1_2_VERSION) == 1,
            // The cipher suites of 1.2 that have forward secrecy and authenticate what they encrypt.
            unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
            unsafe clibssl_set_groups(context) == 1
        else { throw .refused(TLSReason.last()) }
        unsafe clibssl_forbid_renegotiation(context)
        unsafe clibssl_keep_no_sessions(context)
        // Buffers are given back between records: thousands of connections may be idle.
        unsafe clibssl_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        _ = unsafe SSL_CTX_set_num_tickets(context, 1)
    }

    /// Chooses the protocol inside, and counts what a client says besides its data.
    private static func listen(_ context: OpaquePointer) {
        unsafe SSL_CTX_set_alpn_select_cb(
            context,
            { _, out, outLength, offered, count, _ in
                unsafe ApplicationProtocol.select(out, outLength, offered, Int(count))
            }, nil)
        unsafe SSL_CTX_set_msg_callback(context) { isSent, _, type, _, _, _, argument in
            guard isSent == 0, type == SSL3_RT_HANDSHAKE, let argument = unsafe argument else { return }
            // Set for each session to the pipe that it owns.
            unsafe Unmanaged<TLSPipe>.fromOpaque(argument).takeUnretainedValue().handshakeMessages += 1
        }
    }

    // MARK: Reading PEM

    /// Takes the chain; returns when its first certificate ends.
    private static func use(
        _ chain: [UInt8], in context: OpaquePointer
    ) throws(TLSContextError) -> Int {
        let certificates = PEMReader(chain)
        guard let first = try unsafe certificates.next() else { throw .certificateMissing }
        defer { unsafe X509_free(first) }
        guard unsafe SSL_CTX_use_certificate(context, first) == 1 else { throw .refused(TLSReason.last()) }
        while let next = try unsafe certificates.next() {
            guard unsafe clibssl_add_chain_certificate(context, next) == 1 else {
                unsafe X509_free(next)
                throw .refused(TLSReason.last())
            }
        }
        var end = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(X509_get0_notAfter(first), &end) == 1 else {
            throw .refused(TLSReason.last())
        }
        return unsafe timegm(&end)
    }

    private static func use(privateKey: [UInt8], in context: OpaquePointer) throws(TLSContextError) {
        guard let key = unsafe PEMReader(privateKey).key() else {
            // With a passphrase, a person would have to be there at every start.
            let isEncrypted = privateKey.firstRange(of: Array("ENCRYPTED".utf8)) != nil
            throw isEncrypted ? .keyEncrypted : .keyMissing
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
            let reason = TLSReason.last()
            throw reason.contains("mismatch") ? .keyOfAnother : .refused(reason)
        }
    }
}

/// Why a certificate and its key cannot be used.
package enum TLSContextError: Error, Sendable, Hashable, CustomStringConvertible {
    case certificateMissing
    case keyMissing
    case keyEncrypted
    case keyOfAnother
    case refused(String)

    /// One sentence that says what to do.
    package var description: String {
        switch self {
        case .certificateMissing:
            "There is no certificate in it; expected PEM, which begins with -----BEGIN CERTIFICATE-----."
        case .keyMissing:
            "There is no private key in it; expected PEM, which begins with -----BEGIN PRIVATE KEY-----."
        case .keyEncrypted:
            "The private key has a passphrase; write it without one (openssl pkey -in KEY -out NEW)."
        case .keyOfAnother: "The private key is not that of the first certificate."
        case .refused(let reason): "OpenSSL does not take it: \(reason)."
        }
    }
}

/// The protocol that is spoken inside (RFC 7301).
private enum ApplicationProtocol {
    static let name = Array("http/1.1".utf8)

    /// Chooses HTTP/1.1 where it is offered; refuses a client that offers others alone.
    static func select(
        _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ outLength: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ count: Int
    ) -> Int32 {
        // OpenSSL has checked that the list is well formed; each name has its length in front.
        let list = unsafe UnsafeBufferPointer(start: offered, count: count)
        var start = 0
        while start < list.count {
            let end = unsafe start + 1 + Int(list[start])
            guard end <= list.count else { break }
            if unsafe list[start + 1..<end].elementsEqual(name) {
                unsafe out?.pointee = list.baseAddress?.advanced(by: start + 1)
                unsafe outLength?.pointee = UInt8(name.count)
                return SSL_TLSEXT_ERR_OK
            }
            start = end
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}

/// Reads one object after the other out of the bytes of a PEM file.
@safe private struct PEMReader: ~Copyable {
    private let bio: OpaquePointer?

    init(_ bytes: [UInt8]) {
        unsafe bio = BIO_new(BIO_s_mem())
        // It keeps a copy.
        _ = unsafe BIO_write(bio, bytes, Int32(clamping: bytes.count))
    }

    deinit { unsafe BIO_free_all(bio) }

    /// The next certificate, which the caller frees; nil when there is none.
    borrowing func next() throws(TLSContextError) -> OpaquePointer? {
        defer { ERR_clear_error() }
        if let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) { return unsafe certificate }
        // A chain that breaks off would be taken by some clients, and not by others.
        guard clibssl_pem_has_ended() == 1 else { throw .refused(TLSReason.last()) }
        return nil
    }

    /// The first private key, which the caller frees; nil when there is none without a passphrase.
    borrowing func key() -> OpaquePointer? {
        defer { ERR_clear_error() }
        // Without this function OpenSSL would ask for a passphrase on the terminal.
        return unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
    }
}
