internal import CLibSSL

/// TLS on one connection, from the handshake on; it sees bytes and no socket.
@safe final class TLSSession {
    /// What became of bytes that came.
    enum Outcome: Equatable {
        /// More may come.
        case open
        /// The client has ended its side.
        case ended
        /// It is broken and cannot be used; what is still to be sent says so to the client.
        case failed(reason: String)
    }

    /// The first byte of a client that speaks TLS: the type of a record of the handshake.
    static let firstByte: UInt8 = 0x16
    /// The most bytes that a record holds (RFC 8446, section 5.1).
    static let recordBytesMax = 16_384

    private let pointer: OpaquePointer
    private let pipe = TLSPipe()

    /// The server's side of a new connection; nil without memory.
    init?(_ context: TLSContext) {
        guard let ssl = unsafe SSL_new(context.pointer) else { return nil }
        guard let bio = unsafe pipe.makeBIO() else {
            unsafe SSL_free(ssl)
            return nil
        }
        unsafe pointer = ssl
        // One reference for both directions, which the session takes over.
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe SSL_set_accept_state(ssl)
        unsafe clibssl_set_message_argument(ssl, Unmanaged.passUnretained(pipe).toOpaque())
    }

    deinit { unsafe SSL_free(pointer) }

    /// Whether the handshake is over.
    var isEstablished: Bool { unsafe SSL_is_init_finished(pointer) == 1 }

    /// Decrypts what came; the handshake goes on with it, too.
    ///
    /// - Parameters:
    ///   - wire: What came; it is used up, whole records or not.
    ///   - scratch: Room for a record.
    ///   - body: Is given the number of decrypted bytes in `scratch`, once for each record at most.
    func receive(
        _ wire: ArraySlice<UInt8>, _ scratch: inout [UInt8], _ body: (Int, [UInt8]) -> Void
    ) -> Outcome {
        pipe.inbound = wire
        defer { pipe.inbound = [] }
        // What another session left there would be taken for this one's.
        ERR_clear_error()
        while true {
            // OpenSSL writes at most as many bytes as the array has.
            let count = unsafe SSL_read(pointer, &scratch, Int32(scratch.count))
            if count > 0 {
                body(Int(count), scratch)
                continue
            }
            switch unsafe SSL_get_error(pointer, count) {
            case SSL_ERROR_WANT_READ: return .open
            case SSL_ERROR_ZERO_RETURN: return .ended
            default: return .failed(reason: TLSReason.last())
            }
        }
    }

    /// Encrypts `bytes`; empty where the session is broken.
    func seal(_ bytes: [UInt8]) -> [UInt8] {
        ERR_clear_error()
        // The pipe takes everything, so nothing is left over.
        guard !bytes.isEmpty, unsafe SSL_write(pointer, bytes, Int32(clamping: bytes.count)) > 0 else {
            return []
        }
        return pipe.takeOutbound()
    }

    /// What the session itself has to send: its part of the handshake, and alerts.
    func takeOutbound() -> [UInt8] { pipe.takeOutbound() }

    /// Ends this side.
    ///
    /// - Returns: What says so to the client.
    func end() -> [UInt8] {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(pointer)
        return pipe.takeOutbound()
    }
}
