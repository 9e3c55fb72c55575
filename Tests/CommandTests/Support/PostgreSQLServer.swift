import Foundation

/// A PostgreSQL server of a test's own, in the test's folder and on a socket there.
struct PostgreSQLServer {
    /// Whether one can be started here.
    static let isInstalled: Bool = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.contains {
            FileManager.default.isExecutableFile(atPath: "/usr/lib/postgresql/\($0)/bin/initdb")
        }
    }()

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../scripts/private-postgresql.sh").standardizedFileURL.path

    let world: World
    let folder: String

    /// Runs `body` with a server, which goes when it ends, however it ends.
    static func run(
        _ world: World, _ name: String = "postgresql", settings: [String] = ["fsync=off"],
        _ body: (PostgreSQLServer) async throws -> Void
    ) async throws {
        let server = PostgreSQLServer(world: world, folder: world.path(name))
        try await server.do(["start", server.folder] + settings)
        try await server.whileRunning(body)
    }

    /// Runs `body` with a replica of this server, which goes, too.
    func withReplica(
        _ name: String, settings: [String] = ["fsync=off"], _ body: (PostgreSQLServer) async throws -> Void
    ) async throws {
        let replica = PostgreSQLServer(world: world, folder: world.path(name))
        try await replica.do(["replica", replica.folder, folder] + settings)
        try await replica.whileRunning(body)
    }

    private func whileRunning(_ body: (PostgreSQLServer) async throws -> Void) async throws {
        do { try await body(self) } catch {
            try? await signal("CONT")  // one that stands still cannot be ended
            try? await stop()
            throw error
        }
        try? await stop()  // which it may have been already
    }

    /// Starts it again.
    func start() async throws { try await self.do(["start", folder, "fsync=off"]) }

    /// Has all of its processes stand still, or go on: `STOP`, `CONT`.
    func signal(_ name: String) async throws {
        let program = try world.run(
            shell: """
                main=$(head -n 1 '\(folder)/data/postmaster.pid')
                kill -\(name) $main $(pgrep -P $main)
                """, environment: ["PATH": "/usr/bin:/bin"])
        guard try await program.end() == .exit(0) else { throw NeverCame(description: program.error) }
    }

    /// The words that a statement gives.
    func query(_ sql: String) async throws -> String {
        let program = try world.run(
            shell: "psql -h '\(folder)' -U postgres -d postgres -Atc \"\(sql)\"",
            environment: ["PATH": "/usr/bin:/bin"])
        guard try await program.end() == .exit(0) else { throw NeverCame(description: program.error) }
        return program.out.filter { !$0.isNewline }
    }

    /// Runs `body` while another transaction has the locks that a statement takes.
    func whileLocked(_ sql: String, _ body: () async throws -> Void) async throws {
        let program = try world.run(
            shell: """
                exec psql -h '\(folder)' -U postgres -d postgres -Atc 'BEGIN' -c "\(sql)" -c 'SELECT pg_sleep(3600)'
                """, environment: ["PATH": "/usr/bin:/bin"])
        let sleepers = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(3600)'"
        while try await query("SELECT count(*) \(sleepers)") == "0" {}
        try await body()
        _ = try await query("SELECT pg_terminate_backend(pid) \(sleepers)")
        try await program.end()
    }

    /// Ends it as a power failure would.
    func stop() async throws { try await self.do(["stop", folder, "immediate"]) }

    /// Makes a replica take writes.
    func promote() async throws { try await self.do(["promote", folder]) }

    /// Where it is, for a relay; several servers for one that takes whichever takes writes.
    static func address(_ servers: PostgreSQLServer..., settings: String = "") -> String {
        let hosts = servers.map(\.folder).joined(separator: ",")
        return "postgres://postgres@/postgres?host=\(hosts)\(settings)"
    }

    private func `do`(_ words: [String]) async throws {
        let quoted = ([Self.script] + words).map { "'\($0)'" }.joined(separator: " ")
        let log = world.path("postgresql-\(words[0]).log")
        // The server outlives the program that starts it and keeps what that has open: also the socket by
        // which Foundation notices that a program has ended.
        let closing =
            #"for f in /proc/$$/fd/*; do f=${f##*/}; [ "$f" -gt 2 ] && eval "exec $f>&-"; done; exec "$@""#
        let program = try world.run(
            shell: "bash -c '\(closing)' bash \(quoted) >'\(log)' 2>&1 </dev/null",
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        guard try await program.end() == .exit(0) else {
            let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw NeverCame(description: "PostgreSQL: \(words)")
        }
    }
}
