internal import CLibSSL

/// What OpenSSL reads from and writes to in place of a socket: the loop's own bytes.
///
/// The loop reads a bounded piece from the socket and has it decrypted, so that no client keeps OpenSSL busy
/// for longer than that piece, and nothing is held on to between pieces.
@safe final class TLSPipe {
    /// What came and is not decrypted yet.
    var inbound: ArraySlice<UInt8> = []
    /// How many messages of the handshake's protocol have come, those behind the handshake too.
    var handshakeMessages = 0
    /// The most of them.
    ///
    /// A client needs five, and new keys a few times in a long life. Each costs the server more than the
    /// client.
    private static let handshakeMessagesMax = 24
    /// What is to be sent.
    private var outbound: [UInt8] = []

    /// What is to be sent, which the caller sends.
    func takeOutbound() -> [UInt8] {
        defer { outbound = [] }
        return outbound
    }

    /// A BIO that reads from and writes to this pipe, which has to outlive it; nil without memory.
    func makeBIO() -> OpaquePointer? {
        guard let method = unsafe Self.method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return unsafe bio
    }

    /// Written once, by the thread that comes first, and read only.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let method = unsafe BIO_meth_new(BIO_get_new_index(), "pipe")
        unsafe BIO_meth_set_read(method) { bio, buffer, count in
            let pipe = unsafe TLSPipe.pipe(bio)
            // No retry: the session fails.
            guard pipe.handshakeMessages <= TLSPipe.handshakeMessagesMax else { return -1 }
            guard !pipe.inbound.isEmpty else {
                unsafe clibssl_set_retry_read(bio)
                return -1
            }
            let piece = pipe.inbound.prefix(Int(count))
            // OpenSSL has room for as many as it asks for.
            unsafe UnsafeMutableRawBufferPointer(start: buffer, count: piece.count).copyBytes(from: piece)
            pipe.inbound = pipe.inbound.dropFirst(piece.count)
            return Int32(piece.count)
        }
        unsafe BIO_meth_set_write(method) { bio, bytes, count in
            unsafe TLSPipe.pipe(bio).outbound += UnsafeRawBufferPointer(start: bytes, count: Int(count))
            return count
        }
        // There is nothing to flush; everything else that a BIO can be asked means nothing here.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return unsafe method
    }()

    /// The pipe that `bio` was made for.
    private static func pipe(_ bio: OpaquePointer?) -> TLSPipe {
        // Set by `makeBIO` of a pipe that is alive for as long as its BIO.
        unsafe Unmanaged<TLSPipe>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
    }
}
