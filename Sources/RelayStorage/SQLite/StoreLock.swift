internal import Glibc
internal import OpenSenseWebhooks
internal import RelayCore

/// Keeps a second relay off a store for as long as this one lives, however it ends.
@safe final class StoreLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock at `path`.
    ///
    /// - Throws: ``StoreError`` when another process has it, or the file cannot be made.
    init(path: String) throws(StoreError) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let words = unsafe String(cString: strerror(errno))
            throw StoreError(
                .unwritable,
                "The store's folder cannot be written to (\(path): \(words)); "
                    + "make it, or name another with --store.")
        }
        // The kernel drops the lock when the descriptor closes, also after kill -9.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw StoreError(
                .inUse, "Another relay is running on this store; stop it, or name another store with --store."
            )
        }
    }

    deinit { Glibc.close(descriptor) }
}
