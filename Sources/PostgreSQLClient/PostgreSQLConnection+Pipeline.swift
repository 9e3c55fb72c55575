internal import CLibPQ
internal import Glibc
package import OpenSenseWebhooks

extension PostgreSQLConnection {
    /// Sends all statements and then reads their results: one round trip.
    ///
    /// When one fails, those behind it are not run.
    package func pipeline(_ statements: [PostgreSQLStatement]) throws(StoreError) -> [PostgreSQLRows] {
        guard let onStep else { return try roundTrip(statements) }
        try onStep(TransactionStep(sending: statements))
        let rows = try roundTrip(statements)
        if statements.last?.address == PostgreSQLStatement.commit.address { try onStep(.committed) }
        return rows
    }

    private func roundTrip(_ statements: [PostgreSQLStatement]) throws(StoreError) -> [PostgreSQLRows] {
        let handle = unsafe try live()
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw unsafe failure(nil) }
        var isPreparing: [Bool] = []
        var asked: Set<UInt> = []
        for statement in statements {
            let name = Self.name(statement.address)
            if !prepared.contains(statement.address), asked.insert(statement.address).inserted {
                guard unsafe PQsendPrepare(handle, name, statement.sql.description, 0, nil) == 1 else {
                    throw brokenOff()
                }
                isPreparing.append(true)
            }
            let sent = unsafe PostgreSQLValue.withParameters(statement.values) { pointers, lengths, formats in
                unsafe PQsendQueryPrepared(
                    handle, name, Int32(statement.values.count), pointers, lengths, formats, 1)
            }
            guard sent == 1 else { throw brokenOff() }
            isPreparing.append(false)
        }
        guard unsafe PQpipelineSync(handle) == 1 else { throw brokenOff() }
        return try unsafe collect(handle, isPreparing: isPreparing, statements: statements)
    }

    /// Reads the results of a pipeline, and ends it.
    private func collect(
        _ handle: OpaquePointer, isPreparing: [Bool], statements: [PostgreSQLStatement]
    ) throws(StoreError) -> [PostgreSQLRows] {
        var rows: [PostgreSQLRows] = []
        rows.reserveCapacity(statements.count)
        var failed: StoreError?
        for isPreparing in isPreparing {
            while let result = unsafe try next(handle) {
                let status = unsafe PQresultStatus(result)
                if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK {
                    if isPreparing {
                        // The statements' results come in their order, each after its preparation.
                        prepared.insert(statements[rows.count].address)
                        unsafe PQclear(result)
                    } else {
                        unsafe rows.append(PostgreSQLRows(owning: result))
                    }
                    continue
                }
                if failed == nil, status != PGRES_PIPELINE_ABORTED { failed = unsafe failure(result) }
                unsafe PQclear(result)
                if let failed, !isConnected { throw failed }
            }
        }
        // The last result is the server's word that it has seen the end.
        while let result = unsafe try next(handle) {
            let isEnd = unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC
            unsafe PQclear(result)
            if isEnd { break }
        }
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw brokenOff() }
        if let failed { throw failed }
        return rows
    }

    /// The next result; nil between the results of two statements.
    ///
    /// A server that does not answer in time is given up, also in the middle of a commit. Whether that took
    /// place is not known then, and the next connection may find it done. A commit that waits for a replica
    /// is waited for: the server would keep it, and its locks, when we are gone. Past ``limit(to:)`` it is
    /// not, and its process of the server is ended.
    func next(_ handle: OpaquePointer) throws(StoreError) -> OpaquePointer? {
        var start = ContinuousClock.now
        while true {
            let unsent = unsafe PQflush(handle)
            guard unsent >= 0 else { throw brokenOff() }
            if unsent == 0, unsafe PQisBusy(handle) == 0 { break }
            let events = unsent == 0 ? POLLIN : POLLIN | POLLOUT
            var descriptor = pollfd(fd: unsafe PQsocket(handle), events: Int16(events), revents: 0)
            // The structure lives through the call.
            let ready = unsafe poll(&descriptor, 1, AnswerPatience.sliceMilliseconds)
            if ready == 0, start.duration(to: .now) >= patience.longest {
                if !patience.isEnding, isWaitingForReplica(unsafe PQbackendPID(handle)) {
                    start = .now
                    continue
                }
                disconnect()
                throw StoreError(
                    .unreachable, "PostgreSQL did not answer in \(patience.longest.components.seconds) s.")
            }
            if let deadline, deadline.isOver { throw unsafe giveUp(handle, deadline) }
            guard unsafe PQconsumeInput(handle) == 1 else { throw brokenOff() }
        }
        return unsafe PQgetResult(handle)
    }

    /// The failure of a call to libpq; a connection in the middle of a pipeline is of no more use.
    func brokenOff() -> StoreError {
        let error = unsafe failure(nil)
        disconnect()
        return StoreError(.unreachable, error.description)
    }
}
