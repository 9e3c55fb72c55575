internal import CLibPQ
internal import OpenSenseWebhooks
internal import SystemThreads

/// An attempt to connect that need not be waited for.
///
/// libpq goes through all hosts, with 5 s for each that drops what is sent to it and no limit for looking up
/// its name, and cannot be interrupted. So it does that on a separate thread, which is left behind when the
/// process is about to end.
///
/// `@unchecked Sendable`: every bit of state is under the signal's lock.
@safe final class ConnectionAttempt: @unchecked Sendable {
    private let signal = Signal()
    private let settings: [(name: String, value: String)]
    private var opened: OpaquePointer?
    private var hasEnded = false
    private var isLeftBehind = false

    private init(_ settings: [(name: String, value: String)]) { self.settings = settings }

    /// Connects, for as long as there is patience.
    ///
    /// - Returns: libpq's connection, which may be a failed one.
    /// - Throws: ``/OpenSenseWebhooks/StoreError`` when the process is about to end.
    static func connection(
        _ settings: [(name: String, value: String)], _ patience: AnswerPatience
    ) throws(StoreError) -> OpaquePointer {
        guard !patience.isEnding else { throw ending }
        let attempt = ConnectionAttempt(settings)
        if let thread = SystemThread(body: { attempt.run() }) {
            guard attempt.waits(patience) else { throw ending }
            thread.join()
        } else {
            attempt.run()
        }
        guard let opened = unsafe attempt.opened else {
            throw StoreError(.unreachable, "libpq could not be started: out of memory.")
        }
        return unsafe opened
    }

    private static let ending = StoreError(
        .unreachable, "PostgreSQL is not connected to any more: the program ends.")

    private func run() {
        let connection = unsafe Self.connect(settings)
        let isLeftBehind = signal.locked {
            unsafe opened = connection
            hasEnded = true
            signal.wakeAll()
            return self.isLeftBehind
        }
        if isLeftBehind { unsafe PQfinish(connection) }
    }

    /// Waits for the end.
    ///
    /// - Returns: False where the process is to end before.
    private func waits(_ patience: AnswerPatience) -> Bool {
        signal.locked {
            while !hasEnded, !patience.isEnding {
                signal.wait(milliseconds: Int(AnswerPatience.sliceMilliseconds))
            }
            isLeftBehind = !hasEnded
            return hasEnded
        }
    }

    private static func connect(_ settings: [(name: String, value: String)]) -> OpaquePointer? {
        unsafe withCStrings(settings.map(\.name)) { names in
            unsafe withCStrings(settings.map(\.value)) { values in
                unsafe PQconnectdbParams(names, values, 1)
            }
        }
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        // One buffer holds all the texts; it lives until `body` has returned.
        let bytes = texts.map { Array($0.utf8CString) }
        let flat = Array(bytes.joined())
        return unsafe flat.withUnsafeBufferPointer { flat in
            var pointers: [UnsafePointer<CChar>?] = unsafe []
            var offset = 0
            for text in bytes {
                unsafe pointers.append(flat.baseAddress.map { unsafe $0 + offset })
                offset += text.count
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                // Never empty: it holds the nil at its end.
                unsafe body(pointers.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}
