internal import Glibc
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient
internal import Synchronization

/// Keeps a second relay off a store for as long as this one lives, however it ends.
///
/// A file beside the store is locked, and then the store itself, which may have other names: a symbolic link
/// in another folder, or a hard link. In this order, because a process that closes any descriptor of a file
/// gives up the locks that SQLite has on it.
final class StoreLock: Sendable {
    private let descriptor: Int32
    private let fileDescriptor = Mutex<Int32?>(nil)

    /// Takes the lock at `path`.
    ///
    /// - Throws: ``StoreError`` when another process has it, or the file cannot be made.
    init(path: String) throws(StoreError) { descriptor = try Self.locked(path, O_CREAT) }

    /// Takes the lock of the store's own file, too.
    ///
    /// - Throws: ``StoreError`` when another process has it by another name.
    func take(file path: String) throws(StoreError) {
        // Over a network the two kinds of locks are one, and SQLite would wait for ours.
        guard !SQLiteConnection.isOnNetwork(path) else { return }
        let taken = try Self.locked(path, 0)
        fileDescriptor.withLock { $0 = taken }
    }

    private static func locked(_ path: String, _ flags: Int32) throws(StoreError) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | flags, 0o600)
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
        return descriptor
    }

    deinit {
        if let file = fileDescriptor.withLock({ $0 }) { Glibc.close(file) }
        Glibc.close(descriptor)
    }
}
