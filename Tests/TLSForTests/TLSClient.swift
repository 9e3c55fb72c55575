internal import CLibSSL

#if canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A blocking client of TLS on a connection; it believes any certificate.
@safe package final class TLSClient {
    /// What owns the descriptor.
    package let connection: AnyObject
    private let context: OpaquePointer
    private let ssl: OpaquePointer

    package struct Unavailable: Error {}

    /// A client on a descriptor that is connected; the handshake comes with ``shakeHands()``.
    ///
    /// - Parameters:
    ///   - connection: What owns the descriptor, and is kept for as long as the client is.
    ///   - protocols: What is offered by ALPN; nil for no ALPN.
    ///   - versionMax: The newest version that is spoken.
    ///   - ciphers: The suites of 1.2 that are offered.
    package init(
        _ descriptor: Int32, keeping connection: AnyObject, protocols: [String]? = nil,
        versionMax: Int32 = TLS1_3_VERSION, ciphers: String? = nil, groups: String? = nil
    ) throws {
        // A connection that the server has closed is an error here, and no signal.
        signal(SIGPIPE, SIG_IGN)
        guard let context = unsafe SSL_CTX_new(TLS_client_method()), let ssl = unsafe SSL_new(context) else {
            throw Unavailable()
        }
        self.connection = connection
        unsafe (self.context, self.ssl) = (context, ssl)
        _ = unsafe SSL_set_fd(ssl, descriptor)
        // The macros that set these are not seen by Swift.
        _ = unsafe SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versionMax), nil)
        _ = unsafe SSL_ctrl(ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_VERSION), nil)
        if let ciphers { _ = unsafe SSL_set_cipher_list(ssl, ciphers) }
        if var groups = groups.map({ Array($0.utf8CString) }) {
            _ = unsafe SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, &groups)
        }
        if let protocols {
            let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            _ = unsafe SSL_set_alpn_protos(ssl, list, UInt32(list.count))
        }
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    /// Shakes hands; whether that worked.
    package func shakeHands() -> Bool { unsafe SSL_connect(ssl) == 1 }

    /// `TLSv1.2` or `TLSv1.3`.
    package var version: String { unsafe String(cString: SSL_get_version(ssl)) }

    /// What ALPN came to; empty without it.
    package var applicationProtocol: String {
        var (name, count) = unsafe (UnsafePointer<UInt8>?.none, UInt32(0))
        unsafe SSL_get0_alpn_selected(ssl, &name, &count)
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The name in the server's certificate, such as `/CN=first.test`.
    package var certificateName: String {
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return "" }
        defer { unsafe X509_free(certificate) }
        var text = [CChar](repeating: 0, count: 256)
        _ = unsafe X509_NAME_oneline(X509_get_subject_name(certificate), &text, Int32(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @discardableResult package func send(_ text: String) -> Bool {
        unsafe SSL_write(ssl, text, Int32(text.utf8.count)) > 0
    }

    /// Asks for new keys (RFC 8446, section 4.6.3), and the server for its own.
    package func updateKeys() -> Bool {
        unsafe SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1
    }

    /// Says that nothing more comes; answers can still be read.
    package func finishSending() { _ = unsafe SSL_shutdown(ssl) }

    /// What comes until the server ends its side.
    package func receiveAll() -> String {
        var (text, piece) = ([UInt8](), [UInt8](repeating: 0, count: 16_384))
        while case let count = unsafe SSL_read(ssl, &piece, Int32(piece.count)), count > 0 {
            text += piece.prefix(Int(count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What comes until it ends with `end`.
    package func receive(until end: String) -> String {
        var (text, piece) = ("", [UInt8](repeating: 0, count: 16_384))
        while !text.hasSuffix(end), case let count = unsafe SSL_read(ssl, &piece, Int32(piece.count)),
            count > 0
        {
            text += String(decoding: piece.prefix(Int(count)), as: UTF8.self)
        }
        return text
    }

    /// Whether the server said by TLS that it ends, rather than by the end of the stream alone.
    package var hasEndedOrderly: Bool { unsafe SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }
}
