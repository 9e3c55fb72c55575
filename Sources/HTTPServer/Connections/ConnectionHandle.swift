internal import CMicroHTTPD

/// A connection of libmicrohttpd.
///
/// `@unchecked Sendable`: `MHD_resume_connection()` may be called from any thread, and is the only call made
/// from other threads than that of the connection. The holder must know that the connection still exists.
@safe struct ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// Parks the connection; to be called within the access callback.
    func suspend() { unsafe MHD_suspend_connection(pointer) }

    /// Lets a parked connection go on.
    func resume() { unsafe MHD_resume_connection(pointer) }
}
