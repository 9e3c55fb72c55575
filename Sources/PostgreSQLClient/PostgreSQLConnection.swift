internal import CLibPQ
package import OpenSenseWebhooks

/// One connection to a PostgreSQL server, which it makes again when it has broken.
///
/// Blocking: its owner confines it to one thread at a time. What is sent within ``pipeline(_:)`` travels
/// together.
@safe package final class PostgreSQLConnection {
    /// What holds unless the connection string says otherwise.
    ///
    /// A server that neither answers nor refuses must not hold up the store's thread for good: 5 s to
    /// connect, 10 s without an acknowledgement of what was sent. Of several hosts only one that takes writes
    /// will do.
    private static let defaults = [
        ("connect_timeout", "5"), ("tcp_user_timeout", "10000"), ("keepalives_idle", "10"),
        ("keepalives_interval", "5"), ("keepalives_count", "2"), ("target_session_attrs", "read-write"),
        ("application_name", "opensense-relay"), ("client_encoding", "UTF8"),
    ]

    /// What holds for every connection, whatever the server, the database or the role has for its usual.
    ///
    /// Under any other isolation than this one a statement does not see what another relay has just
    /// committed, and a lane that it should have gone on with would stand still for good. With
    /// `synchronous_commit` off a commit that was answered could be lost with the server's power; every other
    /// value of it has the commit on the server's own disk at least.
    private static let session = """
        SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
        """
    private static let begin = PostgreSQLStatement.begin.sql.description

    let connectionString: String
    private let setUp: String
    /// For how long answers are waited for.
    package let patience: AnswerPatience
    /// Called at the steps of a transaction; a simulator lets it fail there.
    package var onStep: ((TransactionStep) throws(StoreError) -> Void)?
    /// When the present transaction is given up, whatever it waits for; nil where each answer has its own
    /// limit.
    var deadline: Deadline?
    private var handle: OpaquePointer?
    /// The names of the statements that the present connection has prepared.
    var prepared: Set<UInt> = []
    /// The names of the statements made at run time that the present connection has prepared.
    var kept: [KeptStatement: String] = [:]
    private var inTransaction = false
    /// The process of the server that has the settings of the present connection.
    package private(set) var serverProcess: Int?
    /// Parts of the connection string that must appear nowhere.
    private let secrets: [String]
    /// The SQLSTATE of the last failure; nil for one without.
    private var lastState: String?

    /// Connects.
    ///
    /// - Parameters:
    ///   - connectionString: A libpq connection string or a `postgres://` address; it may name several hosts.
    ///   - setUp: SQL that runs on each new connection.
    ///   - patience: For how long a connection and its answers are waited for.
    /// - Throws: ``StoreError``.
    package init(
        _ connectionString: String, setUp: String = "", patience: AnswerPatience = AnswerPatience()
    ) throws(StoreError) {
        guard let secrets = Self.secrets(in: connectionString) else {
            // libpq's own words would quote the part it stumbled over, which may be part of a password.
            throw StoreError(.unreachable, "The connection string for PostgreSQL is malformed.")
        }
        self.secrets = secrets
        self.patience = patience
        self.connectionString = connectionString
        self.setUp = setUp
        try connect(isFirst: true)
    }

    deinit { disconnect() }

    // MARK: Connecting

    /// Makes the connection again when it has broken.
    package func reconnectIfBroken() throws(StoreError) {
        if let handle = unsafe handle, unsafe PQstatus(handle) == CONNECTION_OK { return }
        disconnect()
        try connect()
    }

    /// Whether there is a connection, as far as is known.
    var isConnected: Bool { unsafe handle != nil }

    func disconnect() {
        if let handle = unsafe handle { unsafe PQfinish(handle) }
        unsafe handle = nil
        (prepared, kept) = ([], [:])
        inTransaction = false
    }

    /// - Parameter isFirst: Whether a server that will not let us in by itself is the caller's mistake; one
    ///   that did before is like one that is away.
    private func connect(isFirst: Bool = false) throws(StoreError) {
        // Later settings replace earlier ones: the connection string comes after the defaults.
        let opened = unsafe try ConnectionAttempt.connection(
            Self.defaults + [("dbname", connectionString)], patience)
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let words = unsafe errorText(PQerrorMessage(opened))
            let all = unsafe String(cString: PQerrorMessage(opened))
            unsafe PQfinish(opened)
            let isOfPooler = words.contains("unsupported startup parameter")
            let advice = isOfPooler ? " A pooler takes no ?options= in the address: leave them out." : ""
            throw StoreError(
                isFirst && Self.isMistake(all) ? .unwritable : .unreachable,
                "PostgreSQL cannot be reached: \(words)\(advice)")
        }
        unsafe clibpq_ignore_notices(opened)
        // What is sent to a server that does not read must not wait for it without end.
        unsafe PQsetnonblocking(opened, 1)
        unsafe handle = opened
        do throws(StoreError) {
            // In one message, which no pooler takes apart: the process that has the settings is named by it.
            serverProcess = try rows(of: Self.session + setUp + "; SELECT pg_backend_pid()").text(0, 0)
                .flatMap(Int.init)
        } catch {
            disconnect()
            throw error
        }
    }

    /// Whether a server says that it will not let us in before a person has changed something.
    ///
    /// libpq gives no code for a connection that was refused. Where the words are another language's, the
    /// server is taken for one that is away: that is tried again and in the log, and no alarm is lost by it.
    private static func isMistake(_ words: String) -> Bool {
        ["password", "authentication", "does not exist", "pg_hba.conf", "unsupported startup parameter"]
            .contains {
                words.contains($0)
            } && words.contains("FATAL")
    }

    func live() throws(StoreError) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw StoreError(.unreachable, "The connection to PostgreSQL has broken.")
        }
        return unsafe handle
    }

    // MARK: Statements

    /// Runs statements that give no rows, separated by semicolons.
    package func execute(_ sql: String) throws(StoreError) { _ = try rows(of: sql) }

    /// Runs statements, separated by semicolons; the rows of the last one, whose values are texts.
    private func rows(of sql: String) throws(StoreError) -> PostgreSQLRows {
        let handle = unsafe try live()
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw brokenOff() }
        return unsafe try lastResult(handle)
    }

    /// Checks that a transaction runs in the process of the server that has this connection's settings: a
    /// pooler may hand each transaction to another one, where commits may not be durable and statements wait
    /// without limit.
    ///
    /// - Parameter process: What `pg_backend_pid()` says in the transaction.
    /// - Throws: ``StoreError`` where it is another one.
    package func checkProcess(_ process: Int?) throws(StoreError) {
        guard process != serverProcess else { return }
        throw StoreError(
            .unwritable,
            "PostgreSQL: this transaction has another connection of the server than the one before\(Self.poolerAdvice)"
        )
    }

    /// Runs a statement, which the server prepares the first time, with the values for `$1`, `$2`, ….
    ///
    /// - Parameter sql: A literal: its address names the prepared statement.
    package func query(_ sql: StaticString, _ values: [PostgreSQLValue] = []) throws(StoreError)
        -> PostgreSQLRows
    {
        try pipeline([PostgreSQLStatement(sql, values)])[0]
    }

    static func name(_ address: UInt) -> String { "s\(address)" }

    // MARK: Transactions

    /// Begins a transaction, on a new connection when the old one has broken.
    package func begin() throws(StoreError) {
        try reconnectIfBroken()
        do throws(StoreError) {
            try execute(Self.begin)
        } catch {
            // The server may have gone since the last answer: once more, on a new connection.
            guard error.kind == .unreachable, deadline?.isOver != true else { throw error }
            disconnect()
            try connect()
            try execute(Self.begin)
        }
        inTransaction = true
    }

    /// Begins a transaction and runs statements in it, in one round trip.
    ///
    /// - Returns: What the statements gave.
    package func begin(_ statements: [PostgreSQLStatement]) throws(StoreError) -> [PostgreSQLRows] {
        (inTransaction, lastState) = (true, nil)
        return Array(try pipeline([.begin] + statements).dropFirst())
    }

    /// Runs statements and commits, in one round trip; when one fails, nothing is committed.
    ///
    /// - Throws: ``StoreError``. When the connection breaks before the answer, it is not known whether the
    ///   commit took place.
    package func commit(_ statements: [PostgreSQLStatement]) throws(StoreError) {
        let rows = try pipeline(statements + [.commit])
        inTransaction = false
        guard rows.last?.command == "COMMIT" else {
            throw StoreError(.inputOutput, "PostgreSQL rolled the transaction back.")
        }
    }

    /// Commits; on return it is as durable as the server makes it.
    ///
    /// - Throws: ``StoreError``. When the connection breaks before the answer, it is not known whether the
    ///   commit took place.
    package func commit() throws(StoreError) {
        inTransaction = false
        let handle = unsafe try live()
        guard unsafe PQsendQuery(handle, "COMMIT") == 1 else { throw brokenOff() }
        // A transaction that had failed is answered ROLLBACK, as if that were a success.
        guard unsafe try lastResult(handle).command == "COMMIT" else {
            throw StoreError(.inputOutput, "PostgreSQL rolled the transaction back.")
        }
    }

    /// Undoes the transaction; a broken connection has done so itself.
    package func rollBack() {
        guard inTransaction else { return }
        inTransaction = false
        try? execute("ROLLBACK")
    }

    // MARK: Failures

    /// Whether the last failure was a conflict with a concurrent transaction (unique violation, serialization
    /// failure or deadlock): the transaction can be repeated from its beginning.
    package var wasRaced: Bool { ["23505", "40001", "40P01"].contains(lastState) }

    /// The last of the results of what was sent; the first failure among them is thrown.
    func lastResult(_ handle: OpaquePointer) throws(StoreError) -> PostgreSQLRows {
        var last: PostgreSQLRows?
        var failed: StoreError?
        while let result = unsafe try next(handle) {
            last = unsafe PostgreSQLRows(owning: result)  // which frees it, also when the next never comes
            let status = unsafe PQresultStatus(result)
            guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK else { continue }
            if failed == nil { failed = unsafe failure(result) }
            // A connection that broke gives no more results, and is gone.
            if !isConnected { break }
        }
        guard failed == nil, let last else { throw unsafe failed ?? failure(nil) }
        return last
    }

    /// Why `result` is no success; a connection that broke is given up.
    func failure(_ result: OpaquePointer?) -> StoreError {
        let state = unsafe result.flatMap { unsafe PQresultErrorField($0, 0x43 /* PG_DIAG_SQLSTATE */) }
            .map { unsafe String(cString: $0) }
        lastState = state
        let resultError = unsafe result.flatMap { unsafe PQresultErrorMessage($0) }
        let words = unsafe errorText(resultError ?? handle.map { unsafe PQerrorMessage($0) } ?? nil)
        if let handle = unsafe handle, unsafe PQstatus(handle) != CONNECTION_OK { disconnect() }
        let kind: StoreError.Kind =
            switch state {
            case nil, "25006", "25P03", "25P04": .unreachable  // a standby; cut off for having been idle
            case "23505": .inUse  // a concurrent transaction has inserted the same row
            case let state?: Self.kind(ofClass: state.prefix(2))
            }
        return StoreError(kind, "PostgreSQL: \(words) (\(state ?? "no answer"))\(Self.advice(state))")
    }

    private static let poolerAdvice =
        ". A pooler hands each transaction another connection: let it pool sessions, or go past it."

    /// What to do about a failure whose own words do not say it.
    private static func advice(_ state: String?) -> String {
        switch state {
        // A prepared statement that is there already, or is not: another connection's.
        case "42P05", "26000": poolerAdvice
        case "42501": ". Grant the role that, or let the owner of the tables run it once."
        case "3F000": ". Create the schema that search_path names, or set another for the role."
        default: ""
        }
    }

    private static func kind(ofClass state: Substring) -> StoreError.Kind {
        switch state {
        case "08", "57": .unreachable  // connection; operator intervention, as at a shutdown
        case "53": .full
        case "25", "42": .unwritable  // read-only; no right, no table
        case "40", "55": .inUse  // deadlock or serialisation; a lock
        case "XX": .damaged
        default: .inputOutput
        }
    }

    /// The first line of what libpq says.
    private func errorText(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "no reason given" }
        let lines = unsafe String(cString: text).split(whereSeparator: \.isNewline)
        var words = String((lines.first ?? "no reason given").prefix(300))
        for secret in secrets {
            words = words.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "••••")
        }
        return words
    }

    /// Whether libpq understands a connection string, as far as that can be checked without connecting.
    package static func isWellFormed(_ connectionString: String) -> Bool {
        secrets(in: connectionString) != nil
    }

    /// The passwords in a connection string; nil when libpq does not understand it.
    private static func secrets(in connectionString: String) -> [String]? {
        var complaint: UnsafeMutablePointer<CChar>? = nil
        guard let options = unsafe PQconninfoParse(connectionString, &complaint) else {
            unsafe PQfreemem(complaint)
            return nil
        }
        defer { unsafe PQconninfoFree(options) }
        var secrets: [String] = []
        var option = unsafe options
        // The list ends with an option that has no name.
        while let name = unsafe option.pointee.keyword {
            if unsafe ["password", "sslpassword"].contains(String(cString: name)),
                let value = unsafe option.pointee.val
            {
                let secret = unsafe String(cString: value)
                if !secret.isEmpty { secrets.append(secret) }
            }
            unsafe option += 1
        }
        return secrets
    }
}
