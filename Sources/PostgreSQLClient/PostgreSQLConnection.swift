internal import CLibPQ
package import OpenSenseWebhooks

/// One connection to a PostgreSQL server, which it makes again when it has broken.
///
/// Blocking: confined to one thread at a time by whoever holds it. What is sent within ``pipeline(_:)`` travels
/// together.
@safe package final class PostgreSQLConnection {
    /// What holds unless the connection string says otherwise.
    ///
    /// A server that neither answers nor refuses must not hold up the store's thread for good: 5 s to connect, 10 s
    /// without an acknowledgement of what was sent. Of several hosts only one that takes writes will do.
    private static let defaults = [
        ("connect_timeout", "5"), ("tcp_user_timeout", "10000"), ("keepalives_idle", "10"),
        ("keepalives_interval", "5"), ("keepalives_count", "2"), ("target_session_attrs", "read-write"),
        ("application_name", "opensense-relay"), ("client_encoding", "UTF8"),
    ]

    private let connectionString: String
    private let setUp: String
    private var handle: OpaquePointer?
    /// The names of the statements that the present connection has prepared.
    private var prepared: Set<UInt> = []
    private var inTransaction = false

    /// Connects.
    ///
    /// - Parameters:
    ///   - connectionString: A libpq connection string or a `postgres://` address; it may name several hosts.
    ///   - setUp: SQL that runs on each new connection.
    /// - Throws: ``StoreError``.
    package init(_ connectionString: String, setUp: String = "") throws(StoreError) {
        self.connectionString = connectionString
        self.setUp = setUp
        try connect()
    }

    deinit { disconnect() }

    // MARK: Connecting

    /// Makes the connection again when it has broken.
    package func reconnectIfBroken() throws(StoreError) {
        if let handle = unsafe handle, unsafe PQstatus(handle) == CONNECTION_OK { return }
        disconnect()
        try connect()
    }

    private func disconnect() {
        if let handle = unsafe handle { unsafe PQfinish(handle) }
        unsafe handle = nil
        prepared = []
        inTransaction = false
    }

    private func connect() throws(StoreError) {
        // Later settings replace earlier ones: the connection string comes after the defaults.
        let settings = Self.defaults + [("dbname", connectionString)]
        let opened = unsafe Self.withCStrings(settings.map(\.0)) { names in
            unsafe Self.withCStrings(settings.map(\.1)) { values in
                unsafe PQconnectdbParams(names, values, 1)
            }
        }
        guard let opened = unsafe opened else {
            throw StoreError(.unreachable, "libpq could not be started: out of memory.")
        }
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let words = unsafe Self.words(PQerrorMessage(opened))
            unsafe PQfinish(opened)
            throw StoreError(.unreachable, "PostgreSQL cannot be reached: \(words)")
        }
        unsafe clibpq_ignore_notices(opened)
        unsafe handle = opened
        if !setUp.isEmpty {
            do throws(StoreError) { try execute(setUp) } catch {
                disconnect()
                throw error
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

    private func live() throws(StoreError) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw StoreError(.unreachable, "The connection to PostgreSQL has broken.")
        }
        return unsafe handle
    }

    // MARK: Statements

    /// Runs statements that give no rows, separated by semicolons.
    package func execute(_ sql: String) throws(StoreError) {
        let handle = unsafe try live()
        let result = unsafe PQexec(handle, sql)
        defer { unsafe PQclear(result) }
        try unsafe check(result)
    }

    /// Runs a statement, which the server prepares the first time, with the values for `$1`, `$2`, ….
    ///
    /// - Parameter sql: A literal: its address names the prepared statement.
    package func query(_ sql: StaticString, _ values: [PostgreSQLValue] = []) throws(StoreError)
        -> PostgreSQLRows
    {
        let handle = unsafe try live()
        try prepare(sql)
        let result = unsafe PostgreSQLValue.withParameters(values) { pointers, lengths, formats in
            unsafe PQexecPrepared(handle, Self.name(sql), Int32(values.count), pointers, lengths, formats, 1)
        }
        guard let result = unsafe result else { throw unsafe failure(nil) }
        do throws(StoreError) { try unsafe check(result) } catch {
            unsafe PQclear(result)
            throw error
        }
        return unsafe PostgreSQLRows(owning: result)
    }

    /// The address of a literal is one for the life of the program: it costs no text to compare.
    private static func name(_ sql: StaticString) -> String { "s\(UInt(bitPattern: unsafe sql.utf8Start))" }

    private func prepare(_ sql: StaticString) throws(StoreError) {
        let address = UInt(bitPattern: unsafe sql.utf8Start)
        guard !prepared.contains(address) else { return }
        let handle = unsafe try live()
        let result = unsafe PQprepare(handle, Self.name(sql), sql.description, 0, nil)
        defer { unsafe PQclear(result) }
        try unsafe check(result)
        prepared.insert(address)
    }

    // MARK: Transactions

    /// Begins a transaction, on a new connection when the old one has broken.
    package func begin() throws(StoreError) {
        try reconnectIfBroken()
        do throws(StoreError) {
            try execute("BEGIN")
        } catch {
            // The server may have gone since the last answer: once more, on a new connection.
            guard error.kind == .unreachable else { throw error }
            disconnect()
            try connect()
            try execute("BEGIN")
        }
        inTransaction = true
    }

    /// Commits; on return it is as durable as the server makes it.
    ///
    /// - Throws: ``StoreError``. When the connection breaks meanwhile, it is not known whether the commit took place.
    package func commit() throws(StoreError) {
        inTransaction = false
        let handle = unsafe try live()
        let result = unsafe PQexec(handle, "COMMIT")
        defer { unsafe PQclear(result) }
        try unsafe check(result)
        // A transaction that had failed is answered ROLLBACK, as if that were a success.
        guard unsafe Self.words(PQcmdStatus(result)) == "COMMIT" else {
            throw StoreError(.inputOutput, "PostgreSQL rolled the transaction back.")
        }
    }

    /// Undoes the transaction; a broken connection has done so itself.
    package func rollBack() {
        guard inTransaction else { return }
        inTransaction = false
        guard let handle = unsafe handle else { return }
        let result = unsafe PQexec(handle, "ROLLBACK")
        unsafe PQclear(result)
    }

    // MARK: Failures

    private func check(_ result: OpaquePointer?) throws(StoreError) {
        let status = unsafe PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw unsafe failure(result) }
    }

    /// Why `result` is no success; a connection that broke is given up.
    private func failure(_ result: OpaquePointer?) -> StoreError {
        let state = unsafe result.flatMap { unsafe PQresultErrorField($0, 0x43 /* PG_DIAG_SQLSTATE */) }
            .map { unsafe String(cString: $0) }
        let words = unsafe Self.words(handle.map { unsafe PQerrorMessage($0) } ?? nil)
        if let handle = unsafe handle, unsafe PQstatus(handle) != CONNECTION_OK { disconnect() }
        let kind: StoreError.Kind =
            switch state?.prefix(2) {
            case nil, "08", "57": .unreachable  // connection; operator intervention, as at a shutdown
            case "53": .full
            case "25", "42": state == "25006" ? .unreachable : .unwritable  // a standby; no right, no table
            case "40", "55": .inUse  // deadlock or serialisation; a lock
            case "XX": .damaged
            default: .inputOutput
            }
        return StoreError(kind, "PostgreSQL: \(words) (\(state ?? "no answer"))")
    }

    /// The first line of what libpq says.
    private static func words(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "no reason given" }
        let lines = unsafe String(cString: text).split(whereSeparator: \.isNewline)
        return String((lines.first ?? "no reason given").prefix(300))
    }
}
