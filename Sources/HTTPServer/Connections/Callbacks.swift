internal import CMicroHTTPD
internal import HeaderFields

/// The four C functions that libmicrohttpd calls.
///
/// The context is the ``ServerCore``, which the daemon's owner keeps alive until the library has stopped. A
/// connection is retained by its first notification and released by its last, between which all other calls
/// fall.
enum Callbacks {
    static let notify: MHD_NotifyConnectionCallback = { context, handle, slot, event in
        guard let context = unsafe context, let handle = unsafe handle, let slot = unsafe slot else { return }
        if event == .CONNECTION_NOTIFY_STARTED {
            let core = unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
            let connection = unsafe ServerConnection(core: core, socket: CMicroHTTPD_socket(handle))
            core.add(connection)
            unsafe slot.pointee = Unmanaged.passRetained(connection).toOpaque()
        } else if let held = unsafe slot.pointee {
            unsafe slot.pointee = nil
            unsafe Unmanaged<ServerConnection>.fromOpaque(held).takeRetainedValue().closed()
        }
    }

    static let target: CMicroHTTPD_TargetCallback = { _, target, handle in
        guard let handle = unsafe handle, let target = unsafe target,
            let held = unsafe CMicroHTTPD_socket_context(handle)
        else { return nil }
        let bytes = unsafe UnsafeBufferPointer(
            start: UnsafeRawPointer(target).assumingMemoryBound(to: UInt8.self), count: strlenOf(target))
        unsafe connection(held).began(
            handle: ConnectionHandle(handle), target: HeaderText.decode(bytes),
            targetEnd: UInt(bitPattern: target) + UInt(bytes.count))
        return unsafe held
    }

    static let access: MHD_AccessHandlerCallback = { _, handle, _, method, version, data, count, slot in
        guard let handle = unsafe handle, let method = unsafe method, let version = unsafe version,
            let count = unsafe count, let held = unsafe slot?.pointee
        else { return .NO }
        let connection = unsafe connection(held)
        let goesOn =
            switch connection.intake.step {
            case .head: unsafe connection.takeHead(ConnectionHandle(handle), method: method, version: version)
            case .body where unsafe count.pointee == 0: unsafe connection.finish(ConnectionHandle(handle))
            case .body:
                unsafe connection.takeBody(UnsafeRawBufferPointer(start: data, count: count.pointee))
            case .answer: unsafe connection.queueAnswer(ConnectionHandle(handle))
            }
        unsafe count.pointee = 0  // all of it was taken
        return goesOn ? .YES : .NO
    }

    static let completed: MHD_RequestCompletedCallback = { _, _, slot, _ in
        guard let held = unsafe slot?.pointee else { return }
        unsafe slot?.pointee = nil
        unsafe connection(held).completed()
    }

    private static func connection(_ held: UnsafeMutableRawPointer) -> ServerConnection {
        unsafe Unmanaged<ServerConnection>.fromOpaque(held).takeUnretainedValue()
    }

    private static func strlenOf(_ text: UnsafePointer<CChar>) -> Int {
        var count = 0
        while unsafe text[count] != 0 { count += 1 }  // the library ends it with a zero
        return count
    }
}
