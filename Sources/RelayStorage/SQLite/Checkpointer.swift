internal import GroupCommit
internal import OpenSenseWebhooks
internal import RelayCore
internal import SQLiteClient
internal import Synchronization
internal import SystemThreads

/// Copies the write-ahead log into the database beside the writer's work.
///
/// A checkpoint of the whole log on the writer's connection would make every request wait for it. On a
/// separate connection, in passive mode, neither waits for the other. But the log starts over only when all
/// of it has been copied at a moment without a writer, which under load does not come; so when the log is
/// long and this thread has nearly caught up, the writer copies the little that is left between two of its
/// transactions. What fails is tried again after the next commits: a log that was not copied is still safe.
final class Checkpointer: @unchecked Sendable {  // the connection is the thread's alone
    /// New pages in the log that are worth a checkpoint: 2 MiB of the usual pages.
    ///
    /// Eight times as many were measured: 5 % fewer accepts, as each look for a page goes through a longer
    /// log.
    static let pagesBetween = 512
    /// Pages in the log after which it is to start over: 16 MiB, which any machine's page cache holds.
    static let pagesMax = 4_096

    private let connection: SQLiteConnection
    private let queue = OperationQueue<Void>(waitingMax: 1)
    private let copiedPages = Atomic<Int>(0)
    private let thread: Mutex<SystemThread?> = Mutex(nil)

    init(path: String) throws(StoreError) {
        connection = try SQLiteConnection(path: path, create: false)
        try connection.execute("PRAGMA synchronous = FULL")
        let worker = SystemThread { [queue, self] in
            while queue.dequeue(max: 1) != nil {
                // See the type's comment for why a failure is passed over.
                guard let state = try? connection.checkpoint(truncating: false) else { continue }
                copiedPages.store(state.copiedPages, ordering: .relaxed)
            }
        }
        guard let worker else { throw .noThread }
        thread.withLock { $0 = worker }
    }

    /// After a commit that left the log `pages` long: orders a checkpoint when it is time.
    ///
    /// - Returns: Whether the writer should copy what is left, so that the log starts over.
    func noteCommit(logPages pages: Int) -> Bool {
        var copied = copiedPages.load(ordering: .relaxed)
        if copied > pages {  // the log has started over
            copiedPages.store(0, ordering: .relaxed)
            copied = 0
        }
        guard pages - copied >= Self.pagesBetween else { return pages >= Self.pagesMax }
        _ = queue.append(())
        return false
    }

    /// Ends the thread after a last checkpoint that empties the log.
    func stop() {
        queue.close()
        guard let worker = thread.withLock({ $0.take() }) else { return }
        worker.join()
        _ = try? connection.checkpoint(truncating: true)
    }
}
